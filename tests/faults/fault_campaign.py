# SPDX-License-Identifier: GPL-3.0-or-later
"""Series arrive at a real Orthanc with the plugin while faults happen to it; at the end every eligible series is done once.

usage: fault_campaign.py [--minutes N] [--seed S] [--series N] [--pause SECONDS] [--workers N] [--real-worker]

Prints what was done and what was wrong; the exit status is 0 when nothing was. Workers are scripted (campaign_worker.py), or
one real one works on phantoms (campaign_real_worker.py)."""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "support", HERE.parent / "plugin" / "orthanc"):
    sys.path.insert(0, str(folder))
os.environ.setdefault("SPINESEG_BUILD_DIR", str(HERE.parents[1] / "build" / "release"))

from campaign_disks import Disks  # noqa: E402
from campaign_faults import Faults  # noqa: E402
from campaign_real_worker import RealWorker, made_by, phantom_template  # noqa: E402
from campaign_series import Series, digest_of, send_by_dicom, send_by_rest, template  # noqa: E402
from campaign_worker import MODELS, OUTPUTS, ScriptedWorker, results_of  # noqa: E402
from deployment import Deployment  # noqa: E402

FOREIGN = dict(Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")


class Campaign:
    def __init__(self, seed, seconds, series, pause, log=print, without=(), real_worker=False, pace=1.0, workers=1):
        self.random = random.Random(seed)
        self.seconds, self.wanted, self.pause_between, self.log = seconds, series, pause, log
        self.series, self.wishes = [], []
        self.workers = []
        self.by_dicom = 0
        self.not_kept = []  # numbers of series
        self.sending = True
        self.without = without  # names of faults that are not drawn
        self.real_worker = real_worker
        self.pace = pace  # how long a fault lasts, compared with its usual time
        self.workers_each = workers  # scripted ones, of each model

    def run(self):
        """(figures, what is wrong)."""
        settings = {"LeaseSeconds": 3, "ProgressSeconds": 60, "RetryBackoffSeconds": [0, 1], "MaxAttempts": 100,
                    "Outputs": list(OUTPUTS), "Models": list(MODELS.values()), "Superseded": "Delete"}
        deployment = Deployment("fault_campaign_real" if self.real_worker else "fault_campaign", settings, {"StableAge": 1}, with_worker=False)
        self.deployment, self.disks = deployment, Disks(deployment.folder, os.environ["SPINESEG_BUILD_DIR"])
        deployment.environment = self.disks.environment
        deployment.settings["Database"] = str(self.disks.queue.folder / "spineseg.db")
        if not self.disks.queue.own:
            self.log("fault campaign: no file systems of its own (needs root and mount); no disk is ever full")
        if not self.disks.can_fail:
            self.log("fault campaign: tests/faults/failing_disk.c is not built; no disk is ever broken or read-only")
        try:
            with deployment:
                return self._run()
        finally:
            for worker in self.workers:
                worker.stop() if self.real_worker else worker.stopping.set()
            self.disks.remove()
            shutil.rmtree(deployment.folder, ignore_errors=True)

    def _run(self):
        begun = time.monotonic()
        if self.real_worker:
            self.workers = [RealWorker(self.deployment.socket, self.deployment.logs / "worker.log")]
        else:
            self.workers = [ScriptedWorker(str(self.deployment.socket), f"worker-{model}-{number}", model, self.random.random())
                            for model in MODELS for number in range(self.workers_each)]
        for worker in self.workers:
            worker.start()
        faults = Faults(self)
        sender = threading.Thread(target=self._send_all, args=(begun,), daemon=True)
        sender.start()
        while time.monotonic() - begun < self.seconds or sender.is_alive():
            time.sleep(self.random.uniform(0, 2 * self.pause_between))
            faults.next()
            self._grant_wishes()
        faults_end = time.monotonic()
        settled = self._wait_until_settled(900 if self.real_worker else 300)
        judged = time.monotonic() - faults_end
        settled_in = round(judged, 1) if settled else None
        wrong = self._wrong()
        figures = {"seconds": round(time.monotonic() - begun), "series": len(self.series),
                   "eligible": sum(one.eligible for one in self.series), "by C-STORE": self.by_dicom,
                   "deleted": sum(not one.present for one in self.series), "faults": sum(faults.counts.values()),
                   "by kind": faults.counts, "jobs done": self.deployment.rest.get_json("/spineseg/health")["Queue"]["Done"],
                   "series that Orthanc acknowledged and did not keep": len(self.not_kept),
                   "seconds until all was done": settled_in}
        return figures, wrong

    # ---- what senders and people do
    def _send_all(self, begun):
        draw = random.Random(self.random.random())
        eligible, foreign = phantom_template() if self.real_worker else template(), template(**FOREIGN)
        for number in range(self.wanted):
            is_foreign = draw.random() < 0.1
            series = Series(number, foreign if is_foreign else eligible, not is_foreign)
            if self.send(series, by_dicom=draw.random() < 0.1):
                self.series.append(series)
            due = begun + self.seconds * (number + 1) / self.wanted
            time.sleep(max(0.0, due - time.monotonic()))

    def send(self, series, by_dicom=False):
        with series.lock:
            sent = send_by_dicom(lambda: self.deployment.dicom_port, series, lambda: not self.sending) if by_dicom else \
                send_by_rest(lambda: self.deployment.rest, series, lambda: not self.sending)
            self.by_dicom += by_dicom
            series.present = series.present or sent
        return sent

    def any_series(self, eligible=False, present=True):
        choice = [one for one in self.series[-40:] if (one.present or not present) and (one.eligible or not eligible)]
        return self.random.choice(choice) if choice else None

    def request(self, method, path):
        """The answer, or None where it was not 200 or Orthanc is away."""
        try:
            status, body = self.deployment.rest.request(method, path, b"" if method == "POST" else None)
        except OSError:
            return None
        try:
            return json.loads(body or b"null") if status == 200 else None
        except ValueError:
            return {}

    def _grant_wishes(self):
        """Series whose job was canceled are asked for until that is heard."""
        self.wishes = [one for one in self.wishes
                       if one.present and self.request("POST", f"/series/{one.id}/segment") is None]

    # ---- the end
    def _wait_until_settled(self, seconds):
        """False when for so long no further series was settled."""
        deadline = time.monotonic() + seconds
        pending = [one for one in self.series if one.present]
        while time.monotonic() < deadline:
            self._grant_wishes()
            left = [one for one in pending if not self._is_settled(one)]
            if not self.wishes and not left:
                return True
            if len(left) < len(pending):
                deadline = time.monotonic() + seconds
            pending = left
            time.sleep(0.5)
        return False

    def _is_settled(self, series):
        state = self._state(series)
        if state == "canceled":  # in a backup of the moment between the two wishes of a person
            self.wishes.append(series)
        return state == ("done" if series.eligible else "ineligible") or not all(map(self._is_whole, series.instances))

    def _state(self, series):
        view = self.request("GET", f"/spineseg/series/{series.id}")
        return view and (view["State"] if not view["Job"] or not view["Job"]["MissingResults"] else "results missing")

    def _wrong(self):
        wrong = []
        instances = set(self.request("GET", "/instances"))
        expected = set()
        for one in self.series:
            expected |= self._check(one, wrong)
        wrong += [f"instance {one} is nobody's: {self.request('GET', f'/instances/{one}/simplified-tags')}"
                  for one in sorted(instances - expected)]
        return wrong

    def _is_whole(self, instance):
        """False: Orthanc acknowledged it, and its full disk holds the beginning only (plugin/archive/stored_file.h)."""
        known = self.request("GET", f"/instances/{instance}")
        if not known:
            return True
        file = self.disks.storage.folder / known["FileUuid"][:2] / known["FileUuid"][2:4] / known["FileUuid"]
        return not file.exists() or file.stat().st_size >= known["FileSize"]

    def _check(self, series, wrong):
        """The instances of the series and of its results."""
        study = self.request("GET", f"/studies/{series.study_id}/instances")
        if not series.present:
            if study is not None:
                wrong.append(f"study {series.study_id} was deleted and is there")
            return set()
        if not all(map(self._is_whole, series.instances)):
            self.not_kept.append(series.number)  # Orthanc's loss, before the plugin knew of it: nothing is expected
            return {instance["ID"] for instance in study or []}
        for instance, digest in series.instances.items():
            if digest_of(self.deployment.rest.get(f"/instances/{instance}/file")) != digest:
                wrong.append(f"instance {instance} of series {series.number} was changed")
        known, sets = results_of(series.uid), collections.Counter()
        found = set(series.instances)
        for instance in study or []:
            uid = instance["MainDicomTags"]["SOPInstanceUID"]
            if instance["ID"] in series.instances or not series.eligible:
                continue
            made = known.get(uid) or made_by(self.deployment.rest.get(f"/instances/{instance['ID']}/file"), series.uid)
            if made:
                found.add(instance["ID"])
                sets[made[0]] += 1
        state = self._state(series)
        if state != ("done" if series.eligible else "ineligible"):
            wrong.append(f"series {series.number} ({series.id}) is {state}")
        if series.eligible and (any(count != len(OUTPUTS) for count in sets.values()) or len(sets) != 1):
            wrong.append(f"series {series.number} ({series.id}) has results {dict(sets)}")
        return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--series", type=int, help="how many arrive; 90 a minute unless told otherwise, 3 with --real-worker")
    parser.add_argument("--pause", type=float, default=0.3, help="between two faults, on the average")
    parser.add_argument("--without", action="append", default=[], metavar="FAULT", help="a kind of fault that is not drawn, as the figures name it")
    parser.add_argument("--workers", type=int, default=1, help="scripted ones, of each of the two models")
    parser.add_argument("--real-worker", action="store_true", help="a real worker with the shipped model instead of two scripted ones")
    asked = parser.parse_args()
    series = asked.series or int(asked.minutes * (3 if asked.real_worker else 90))
    campaign = Campaign(asked.seed, asked.minutes * 60, series, asked.pause, without=asked.without, real_worker=asked.real_worker, workers=asked.workers)
    figures, wrong = campaign.run()
    print(json.dumps(figures, indent=1))
    for line in wrong[:50]:
        print("WRONG:", line)
    print(f"fault campaign, seed {asked.seed}: {figures['faults']} faults, {figures['series']} series, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
