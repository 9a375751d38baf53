# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault campaign does to a deployment. Each method is one fault, with its end."""
import os
import shutil
import sqlite3
import time

from campaign_worker import MODELS, ScriptedWorker
from raw_worker import RawWorker


class Faults:
    """`campaign` has deployment, disks, workers, random, series (those that were sent) and rest()."""

    def __init__(self, campaign):
        self.campaign = campaign
        self.database = campaign.disks.queue.folder / "spineseg.db"
        self.backup = None
        self.counts = {}
        quick = [self.worker_killed, self.worker_silent, self.changes_cleared, self.study_deleted, self.sent_again,
                 self.canceled_and_asked_again, self.model_comes_and_goes]
        slow = [self.orthanc_killed, self.orthanc_stopped, self.database_locked, self.database_moved, self.database_removed,
                self.database_restored, self.silent_connections]
        if campaign.disks.queue.own:
            slow += [self.queue_full, self.storage_full]
        if campaign.disks.can_fail:
            slow += [self.queue_read_only, self.queue_io_errors, self.storage_read_only, self.storage_io_errors]
        self.quick, self.slow = ([kind for kind in kinds if kind.__name__ not in campaign.without] for kinds in (quick, slow))
        self.first = [*self.slow, *self.quick]  # each once before any is drawn

    def next(self):
        draw = self.campaign.random
        fault = self.first.pop() if self.first else draw.choice(self.quick if draw.random() < 0.8 else self.slow)
        fault()
        self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1
        return fault.__name__

    def pause(self, low, high):
        time.sleep(self.campaign.random.uniform(low, high) * self.campaign.pace)

    # ---- processes
    def orthanc_killed(self):
        self.campaign.deployment.orthanc.kill()
        self.campaign.deployment.start_orthanc()

    def orthanc_stopped(self):
        try:
            self.campaign.deployment.orthanc.stop(60)
        except AssertionError:
            pass  # its DICOM server waits for a sender whose association is open; it was killed, as a service manager would do
        self.pause(0, 3)
        self.campaign.deployment.start_orthanc()

    def worker_killed(self):
        self.campaign.random.choice(self.campaign.workers).die()

    def worker_silent(self):
        self.campaign.random.choice(self.campaign.workers).fall_silent()

    def model_comes_and_goes(self):
        model = self.campaign.random.choice(list(MODELS))
        guest = ScriptedWorker(str(self.campaign.deployment.socket), "guest", model, self.campaign.random.random())
        guest.start()
        self.pause(0.2, 2)
        guest.stop()

    def silent_connections(self):
        """As many as may connect, of a model that the queue is then asked of."""
        silent = []
        try:
            for _ in range(8):
                worker = RawWorker(str(self.campaign.deployment.socket), timeout=5)
                silent.append(worker)
                model = self.campaign.random.choice(list(MODELS))
                worker.hello(MODELS[model], model, "silent")
            self.pause(1, 8)
        except OSError:
            pass
        for worker in silent:
            worker.close()

    # ---- disks
    def queue_full(self):
        with self.campaign.disks.queue.full():
            self.pause(1, 6)

    def storage_full(self):
        with self.campaign.disks.storage.full():
            self.pause(1, 6)

    def queue_read_only(self):
        with self.campaign.disks.queue.failing("read-only"):
            self.pause(0.5, 5)

    def storage_read_only(self):
        with self.campaign.disks.storage.failing("read-only"):
            self.pause(0.5, 5)

    def queue_io_errors(self):
        with self.campaign.disks.queue.failing(self.some_errors()):
            self.pause(0.5, 5)

    def storage_io_errors(self):
        with self.campaign.disks.storage.failing(self.some_errors()):
            self.pause(0.5, 5)

    def some_errors(self):
        return self.campaign.random.choice(("write errors", "read and write errors"))

    # ---- the queue's database
    def database_locked(self):
        try:
            with sqlite3.connect(self.database, timeout=5, isolation_level=None) as other:
                other.execute("BEGIN IMMEDIATE")
                self.pause(0.5, 8)
                other.execute("ROLLBACK")
            other.close()
        except sqlite3.Error:
            pass  # it is not there, or its disk is full

    def database_moved(self):
        away = self.database.with_name("away.db")
        try:
            os.rename(self.database, away)
        except FileNotFoundError:
            return
        self.pause(0.5, 5)
        os.rename(away, self.database)

    def database_removed(self):
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)

    def database_restored(self):
        """From the backup that was taken the time before; then another one is taken. As db/README.md says: without the old log."""
        if self.backup is not None:
            shutil.copy(self.backup, self.database.with_name("restored.db"))
            for suffix in ("-wal", "-shm"):
                self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
            os.rename(self.database.with_name("restored.db"), self.database)
            self.pause(0, 2)
        backup = self.campaign.deployment.folder / "backup.db"
        try:
            source, target = sqlite3.connect(self.database, timeout=5), sqlite3.connect(backup)
            source.backup(target)
            source.close()
            target.close()
            self.backup = backup
        except sqlite3.Error:
            pass

    # ---- the archive
    def changes_cleared(self):
        self.campaign.request("DELETE", "/changes")

    def study_deleted(self):
        series = self.campaign.any_series()
        if series is None:
            return
        with series.lock:  # nobody sends it meanwhile
            if self.campaign.request("DELETE", f"/studies/{series.study_id}") is not None:
                series.present = False

    def sent_again(self):
        series = self.campaign.any_series(present=False)
        if series is not None:
            self.campaign.send(series)

    # ---- people
    def canceled_and_asked_again(self):
        series = self.campaign.any_series(eligible=True)
        if series is None:
            return
        for job in self.campaign.request("GET", f"/spineseg/jobs?series={series.id}") or []:
            self.campaign.request("POST", f"/spineseg/jobs/{job}/cancel")
        self.pause(0, 1)
        self.campaign.wishes.append(series)

