# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted worker as a process of its own: does jobs by hand, and notes how long the plugin took to answer.

usage: raw_load_worker.py SOCKET NAME OUT SERVICE_SECONDS[,SERVICE_SECONDS…] RETRY_FACTOR

Ends at SIGTERM, or when the plugin hangs up, and then writes OUT: {"answers": {message: [seconds]}, "refused": [code],
"jobs": [{"job", "series", "leased", "done", "service", "asked"}]}, times as time.time() says. Each job takes the next of the service times.
RETRY_FACTOR shortens the pause that the plugin asks for when there is no work."""
import json
import pathlib
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve()
for folder in ("plugin/orthanc", "faults", "support"):
    sys.path.insert(0, str(HERE.parents[3] / "tests" / folder))

from campaign_series import result_uid  # noqa: E402
from campaign_worker import bulk_of, first_of, header_of  # noqa: E402
from raw_worker import RawWorker  # noqa: E402
from worker_by_hand import described, file_bytes, result_of  # noqa: E402


def summary():
    """12 KB, as lumbar-fast's."""
    structures = [{"name": "L%d vertebra" % n, "confidence": 0.848, "measurements": [
        {"quantity": "posterior_height", "uncertainty": 0.787, "uncertainty_95": 1.653, "unit": "mm", "value": 27.25}] * 4}
        for n in range(26)]
    return json.dumps({"quality": {"verdict": "pass", "score": 0.85, "reason": ""}, "samples": 3, "steps": 1,
                       "structures": structures})


class LoadWorker:
    def __init__(self, socket, name, services, retry_factor):
        self.worker = RawWorker(socket, timeout=120)
        self.services, self.retry_factor = services, retry_factor
        self.answers, self.refused, self.jobs, self.stopping = {}, [], [], False
        self.summary = summary()
        welcome = self.worker.hello(worker=name)
        assert welcome["type"] == "welcome", welcome
        self.worker.report_device()

    def ask(self, kind, body=b"", **fields):
        begun = time.monotonic()
        header, answer = self.worker.ask(kind, body, **fields)
        took = time.monotonic() - begun
        self.answers.setdefault(kind if kind != "lease_request" else header["type"], []).append(took)
        if header["type"] == "refused":
            self.refused.append(header["error"]["code"])
        return header, answer

    def run(self):
        while not self.stopping:
            asked = time.time()
            granted, _ = self.ask("lease_request")
            if granted["type"] != "lease_granted":
                time.sleep(granted["retry_ms"] / 1e3 / self.retry_factor)
                continue
            self.work(granted, asked)

    def work(self, granted, asked):
        leased = time.time()
        lease = {"job": granted["job"], "epoch": granted["epoch"]}
        files = [self.ask("fetch_instance", index=index, **lease)[1] for index in range(len(granted["instances"]))]
        service = self.services[len(self.jobs) % len(self.services)]
        self.ask("renew", progress={"stage": "diffusion", "fraction": 0.5}, counter=1, **lease)
        time.sleep(service)
        source = first_of(files)
        uid = header_of(source).SeriesInstanceUID
        made = result_of(source, granted, SOPInstanceUID=result_uid(uid, "result"), SeriesInstanceUID=result_uid(uid, "own"),
                         **bulk_of("segmentation", header_of(source)))
        self.ask("store_result", file_bytes(made), object=described(made), **lease)
        self.ask("complete", outcome={"state": "done", "results": [], "summary_json": self.summary}, **lease)
        self.jobs.append({"job": granted["job"], "series": str(uid), "asked": asked, "leased": leased, "done": time.time(),
                          "service": service})


def main():
    socket, name, out, services, retry_factor = sys.argv[1:]
    worker = LoadWorker(socket, name, [float(one) for one in services.split(",")], float(retry_factor))

    def stop(*_):
        worker.stopping = True
    signal.signal(signal.SIGTERM, stop)
    try:
        worker.run()
    except OSError:
        pass  # the plugin stopped
    pathlib.Path(out).write_text(json.dumps({"answers": worker.answers, "refused": worker.refused, "jobs": worker.jobs}),
                                 encoding="utf-8")


if __name__ == "__main__":
    main()
