# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers of a fault campaign: they speak the protocol as the real one does and answer at once with small results."""
import io
import random
import threading
import time

import pydicom

from campaign_series import result_uid
from orthanc_server import file_bytes
from raw_worker import RawWorker
from worker_by_hand import described, item, result_of

MODELS = {"model-a": "aa" * 32, "model-b": "bb" * 32}  # the setting Models admits both
OUTPUTS = {"SEG": "segmentation", "SR": "measurement_report"}
MADE = {}  # UID → (series, model, kind) of all results that any worker has made


def results_of(series_uid):
    """UID → (model, kind) of the results that were made of a series."""
    return {uid: (model, kind) for uid, (source, model, kind) in list(MADE.items()) if source == series_uid}


def bulk_of(kind, source):
    """What makes results as large as real ones: more than 8 KiB. Of smaller files Orthanc 1.10 does not notice that its disk is
    full; it acknowledges them and keeps an empty file (docs/reliability.md)."""
    if kind == "measurement_report":
        return {"ContentSequence": [item(RelationshipType="CONTAINS", ValueType="CONTAINER") for _ in range(400)]}
    frames = 7
    return {"NumberOfFrames": frames, "PixelData": b"\x55" * (frames * source.Rows * source.Columns // 8),
            "PerFrameFunctionalGroupsSequence": [item(PlanePositionSequence=[item(ImagePositionPatient=source.ImagePositionPatient)])
                                                 for _ in range(frames)]}


def header_of(file):
    return pydicom.dcmread(io.BytesIO(file), stop_before_pixels=True)


def first_of(files):
    """Whatever their order: an attempt that is made again makes the same results."""
    return min(files, key=lambda file: header_of(file).SOPInstanceUID)


class Refused(Exception):
    def __init__(self, error):
        super().__init__(error["detail"])
        self.error = error


class ScriptedWorker(threading.Thread):
    """Connects again whatever happens, until stop(). die() breaks the connection off at the next message."""

    def __init__(self, socket, name, model, seed):
        super().__init__(name=name, daemon=True)
        self.socket, self.model = socket, model
        self.random = random.Random(seed)
        self.stopping, self.dying, self.sleeping = threading.Event(), threading.Event(), threading.Event()
        self.done = 0

    def stop(self):
        self.stopping.set()
        self.join(60)

    def die(self):
        self.dying.set()

    def fall_silent(self):
        """Keeps the connection and its lease, and says nothing for longer than the lease lasts."""
        self.sleeping.set()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.work()
            except (OSError, Refused):
                time.sleep(0.3)

    def work(self):
        worker = RawWorker(self.socket, timeout=60)
        try:
            if worker.hello(MODELS[self.model], self.model, self.name)["type"] != "welcome":
                raise ConnectionError("not welcome")
            while not self.stopping.is_set():
                header, _ = self.ask(worker, "lease_request")
                if header["type"] == "lease_granted":
                    self.run_job(worker, header)
                else:
                    time.sleep(0.2)
        finally:
            worker.close()

    def ask(self, worker, kind, body=b"", **fields):
        if self.dying.is_set():
            self.dying.clear()
            raise ConnectionError("killed")
        if self.sleeping.is_set() and "job" in fields:
            self.sleeping.clear()
            time.sleep(6)
        header, answer = worker.ask(kind, body, **fields)
        if header["type"] == "refused":
            raise Refused(header["error"])
        return header, answer

    def run_job(self, worker, granted):
        lease = {"job": granted["job"], "epoch": granted["epoch"]}
        outcome = {"state": "done", "results": [], "summary_json": "{}"}
        try:
            fetched = [self.ask(worker, "fetch_instance", index=index, **lease)[1] for index in range(len(granted["instances"]))]
            self.ask(worker, "renew", progress={"stage": "diffusion", "fraction": 0.5}, counter=1, **lease)
            source = first_of(fetched)
            for kind in OUTPUTS.values():
                self.store(worker, granted, source, kind)
        except Refused as refused:
            if refused.error["code"] == "stale_lease":
                return
            outcome = {**outcome, "state": "failed", "error": refused.error}
        try:
            self.ask(worker, "complete", outcome=outcome, **lease)
            self.done += outcome["state"] == "done"
        except Refused as refused:
            if refused.error["code"] != "stale_lease":
                raise

    def store(self, worker, granted, source, kind):
        """UIDs as the real worker's: they depend on the input, so that what a job of half a series left has others."""
        made = (str(header_of(source).SeriesInstanceUID), self.model, kind)
        origin = (*made, granted["request"]["seed"])
        dataset = result_of(source, granted, kind, (self.model, MODELS[self.model]), SOPInstanceUID=result_uid(*origin),
                            SeriesInstanceUID=result_uid(*origin, "series"), **bulk_of(kind, header_of(source)))
        MADE[str(dataset.SOPInstanceUID)] = made
        self.ask(worker, "store_result", file_bytes(dataset), job=granted["job"], epoch=granted["epoch"],
                 object=described(dataset, kind))
