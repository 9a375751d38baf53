# SPDX-License-Identifier: GPL-3.0-or-later
"""An Orthanc to be measured: with the plugin, with the plugin behind the probe, or without; its queue may hold ended jobs."""
import http.client
import json
import os
import pathlib
import shutil
import subprocess

import orthanc_server
from orthanc_server import ORTHANC, PLUGIN, OrthancServer
from process import Process

BUILD = pathlib.Path(os.environ["SPINESEG_BUILD_DIR"])
PROBE = BUILD / "lib" / "libspineseg_callback_probe.so"
QUEUE_BENCH = BUILD / "bin" / "spineseg_bench_queue"
ENDED_JOBS = BUILD / "bin" / "spineseg_bench_ended_jobs"


# Of DCMTK, in Orthanc and in storescu: otherwise each C-STORE waits 40 ms for a delayed acknowledgement of TCP, which hides what
# the plugin costs.
NO_DELAY = {"TCP_NODELAY": "1"}
# What Orthanc keeps in memory of files that were read, 128 by itself: small, so that it is full soon and does not look like growth.
CACHE_MIB = 8


class BenchOrthanc(OrthancServer):
    """`plugin`: "none", "plain" or "probed". `queue`: a database to begin with. Orthanc logs warnings and errors only."""

    def __init__(self, plugin="plain", queue=None, stable_age=1, settings=None):
        # The ended jobs' series are not in this archive; the comparison would find all of them missing.
        super().__init__({"ReconcileOnStart": False, **(settings or {})}, stable_age)
        self.plugin = plugin
        if queue is not None:
            os.makedirs(self.path("db"))
            shutil.copyfile(queue, self.path("db/spineseg.db"))

    def configuration(self):
        configuration = super().configuration()
        configuration["MaximumStorageCacheSize"] = CACHE_MIB
        configuration["Plugins"] = {"none": [], "plain": [PLUGIN], "probed": [str(PROBE)]}[self.plugin]
        return configuration

    def launch(self):
        configuration = self.configuration()
        with open(self.path("orthanc.json"), "w", encoding="utf-8") as file:
            json.dump(configuration, file)
        self.url = "http://127.0.0.1:%d" % configuration["HttpPort"]
        self.http_port, self.dicom_port = configuration["HttpPort"], configuration["DicomPort"]
        environment = {**(orthanc_server.environment() or os.environ), "SPINESEG_PROBED_PLUGIN": PLUGIN,
                       "SPINESEG_PROBE_OUT": self.path("probe.txt"), **NO_DELAY}
        self.process = Process([ORTHANC, self.path("orthanc.json")], pathlib.Path(self.path("orthanc.log")), environment)

    def connection(self):
        return Connection(self.http_port)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.destroy()
            raise
        return self

    def __exit__(self, *_):
        self.destroy()


class Connection:
    """One HTTP connection that is kept; Orthanc closes it when nothing was asked for a second."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.http.connect()

    def request(self, method, path, body=None):
        """(status, bytes)."""
        try:
            return self._ask(method, path, body)
        except (ConnectionError, http.client.BadStatusLine):
            self.http.close()
            return self._ask(method, path, body)

    def _ask(self, method, path, body):
        self.http.request(method, path, body, {"Content-Type": "application/dicom"} if body else {})
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def close(self):
        self.http.close()


def fill_queue(folder, jobs):
    """A database with jobs that have ended. It is made in memory where there is room, because every step is synced."""
    file = pathlib.Path(folder) / "ended.db"
    memory = pathlib.Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2 * jobs * 40_000:
        made = pathlib.Path(memory) / f"spineseg-bench-{os.getpid()}"
        made.mkdir()
        try:
            subprocess.run([ENDED_JOBS, made / "ended.db", str(jobs)], check=True)
            shutil.copyfile(made / "ended.db", file)
        finally:
            shutil.rmtree(made)
    else:
        subprocess.run([ENDED_JOBS, file, str(jobs)], check=True)
    return file
