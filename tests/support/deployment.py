# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Orthanc with the plugin and a real worker, in a folder of their own, on loopback ports that were free."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from process import Process, free_port
from rest import Rest, wait_for

SOURCE = pathlib.Path(os.environ.get("SPINESEG_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get("SPINESEG_BUILD_DIR") or SOURCE / "build" / "release")
LOGS = pathlib.Path(os.environ.get("SPINESEG_TEST_LOGS") or BUILD / "test-logs")
DATA = SOURCE.parent / "shared" / "data"
SPINESEG = BUILD / "bin" / "spineseg"
WORKER = BUILD / "bin" / "spineseg-worker"
PLUGIN = BUILD / "lib" / "libOrthancSpineSeg.so"
ORTHANC = "/usr/sbin/Orthanc"
FINAL_STATES = ("done", "rejected", "failed")  # nobody cancels here; a job that later slices superseded is canceled


def spineseg(*arguments):
    """Runs the command line and returns what it printed; a failure shows it."""
    finished = subprocess.run([str(SPINESEG), *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if finished.returncode != 0:
        raise AssertionError(f"spineseg {arguments[0]}: exit status {finished.returncode}\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def model_folder():
    """The bundle that is shipped as the default; SPINESEG_TEST_MODEL names another one."""
    if "SPINESEG_TEST_MODEL" in os.environ:
        return pathlib.Path(os.environ["SPINESEG_TEST_MODEL"])
    return SOURCE / "models" / "lumbar-fast"


class Deployment:
    """`with Deployment("name") as deployment:`. Orthanc and worker start on entering, unless told otherwise; logs are kept."""

    def __init__(self, name, settings=None, orthanc_settings=None, with_worker=True, prefix=None, model=None, traced=None):
        """`model`: another bundle than the shipped one. `traced`: a function from a name to the command that the program of that name is run by. `prefix`: what is installed there instead of what was built; the worker finds its model by itself."""
        self.plugin = next(pathlib.Path(prefix).glob("lib*/**/libOrthancSpineSeg.so")) if prefix else PLUGIN
        self.worker_command = [pathlib.Path(prefix) / "bin" / "spineseg-worker"] if prefix else [WORKER, "--model", model or model_folder()]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="spineseg-"))  # short: a socket's path ends at 107 characters
        self.logs = LOGS / name
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        self.socket = self.folder / "worker.sock"
        # What is installed finds the bundles that were installed with it.
        models = {} if prefix else {"ModelFolders": [str(model or model_folder())]}
        self.settings = {"Socket": str(self.socket), "RetryBackoffSeconds": [0], "LeaseSeconds": 10, **models, **(settings or {})}
        self.orthanc_settings = orthanc_settings or {}
        self.with_worker = with_worker
        self.traced = traced or (lambda name: [])
        self.environment = None  # Orthanc's, where it is not ours
        self.orthanc = self.worker = self.rest = None

    def __enter__(self):
        try:
            self.start_orthanc()
            if self.with_worker:
                self.start_worker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self.worker, self.orthanc):
            if process is not None and process.is_running():
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_orthanc(self):
        for _ in range(5):  # a port can be taken between our look and Orthanc's bind
            if self._try_orthanc():
                return
        raise AssertionError("Orthanc did not start:\n" + self.orthanc.tail())

    def _try_orthanc(self):
        self.http_port, self.dicom_port = free_port(), free_port()
        configuration = {
            "Name": self.folder.name, "StorageDirectory": str(self.folder / "storage"), "IndexDirectory": str(self.folder / "storage"),
            "Plugins": [str(self.plugin)], "HttpPort": self.http_port, "DicomPort": self.dicom_port, "RemoteAccessAllowed": False,
            "HttpServerEnabled": True, "DicomServerEnabled": True, "StableAge": 1, "DicomCheckCalledAet": False,
            "SpineSeg": self.settings, **self.orthanc_settings,
        }
        file = self.folder / "orthanc.json"
        file.write_text(json.dumps(configuration, indent=1), encoding="utf-8")
        self.orthanc = Process([*self.traced("orthanc"), ORTHANC, file], self.logs / "orthanc.log", self.environment)
        self.rest = Rest(f"http://127.0.0.1:{self.http_port}")

        def answers():
            if not self.orthanc.is_running():
                return "ended"
            try:
                return "ours" if self.rest.get_json("/system")["Name"] == self.folder.name else "ended"
            except OSError:
                return None
        return wait_for("Orthanc to answer", answers, 60) == "ours"

    def start_worker(self):
        self.worker = Process([*self.traced("worker"), *self.worker_command, "--socket", self.socket], self.logs / "worker.log")

    def restart_orthanc(self, kill=False):
        if kill:
            self.orthanc.kill()
        else:
            self.orthanc.stop()
        self.start_orthanc()

    # ---- what a client does --------------------------------------------------------------------------------------
    def send(self, folder):
        """Stores every file of a folder over REST. Returns Orthanc's id of the series (of the last instance stored)."""
        series = None
        for file in sorted(pathlib.Path(folder).iterdir()):
            status, answer = self.rest.store(file.read_bytes())
            assert status == 200, f"Orthanc refused {file.name}: {status}"
            series = answer["ParentSeries"]
        return series

    def send_by_dicom(self, folder):
        """The same through C-STORE, as a scanner does it."""
        subprocess.run(["storescu", "-aec", "ORTHANC", "127.0.0.1", str(self.dicom_port), "+sd", str(folder)], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=120)

    def verdict(self, series):
        """GET /spineseg/series/{id}, or None while the plugin has not looked at it yet."""
        status, body = self.rest.request("GET", f"/spineseg/series/{series}")
        return json.loads(body) if status == 200 else None

    def jobs(self):
        """Without those that were superseded because a slow sender let the series look stable before its last slice."""
        return [job for job in self.rest.get_json("/spineseg/jobs?expand") if job["State"] != "canceled"]

    def wait_for_job(self, series, condition=lambda job: True, seconds=60, what="a job"):
        def find():
            for job in self.jobs():
                if job["Series"] == series and condition(job):
                    return job
            return None
        try:
            return wait_for(f"{what} for series {series}", find, seconds, interval=0.02)
        except AssertionError as error:
            raise AssertionError(f"{error}\njobs: {json.dumps(self.jobs(), indent=1)}\nworker: {self.worker.tail() if self.worker else ''}") from None

    def wait_until_finished(self, series, seconds=300):
        return self.wait_for_job(series, lambda job: job["State"] in FINAL_STATES, seconds, "a finished job")
