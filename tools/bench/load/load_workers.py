# SPDX-License-Identifier: GPL-3.0-or-later
"""Several raw_load_worker.py beside one Orthanc, and what they noted."""
import json
import pathlib
import sys

from process import Process

PROGRAM = pathlib.Path(__file__).resolve().parent / "raw_load_worker.py"


class LoadWorkers:
    def __init__(self, server, count, services, retry_factor=1):
        self.outs = [pathlib.Path(server.path(f"worker-{number}.json")) for number in range(count)]
        texts = ",".join(map(str, services))
        self.processes = [Process([sys.executable, PROGRAM, server.path("db/spineseg.sock"), f"load-{number}", out, texts,
                                   str(retry_factor)], pathlib.Path(server.path(f"worker-{number}.log")))
                          for number, out in enumerate(self.outs)]

    def stop(self):
        """{"answers": {message: [seconds]}, "refused": [code], "jobs": [...]} of all together."""
        together = {"answers": {}, "refused": [], "jobs": []}
        for process, out in zip(self.processes, self.outs):
            if process.stop() != 0:
                raise RuntimeError("a worker failed:\n" + process.tail())
            noted = json.loads(out.read_text(encoding="utf-8"))
            for message, seconds in noted["answers"].items():
                together["answers"].setdefault(message, []).extend(seconds)
            together["refused"] += noted["refused"]
            together["jobs"] += noted["jobs"]
        return together

    def kill(self):
        for process in self.processes:
            process.kill()
