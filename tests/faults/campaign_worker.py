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
from worker_by_hand import SEGMENTATION_STORAGE, result_of

MODELS = {"model-a": "aa" * 32, "model-b": "bb" * 32}
KINDS = {"segmentation": (SEGMENTATION_STORAGE, "SEG"),
         "measurement_report": ("1.2.840.10008.5.1.4.1.1.88.34", "SR")}


def results_of(series_uid):
    """UID → (model, kind) of all results that a series may have."""
    return {result_uid(series_uid, model, kind): (model, kind) for model in MODELS for kind in KINDS}


def made_from(series_uid):
    reference = pydicom.Dataset()
    reference.SeriesInstanceUID = series_uid
    return reference


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
            for kind in KINDS:
                self.store(worker, granted, fetched, kind)
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

    def store(self, worker, granted, fetched, kind):
        sop_class, modality = KINDS[kind]
        source = pydicom.dcmread(io.BytesIO(fetched[0]), stop_before_pixels=True)
        series_uid = str(source.SeriesInstanceUID)
        dataset = result_of(fetched[0], SOPClassUID=sop_class, Modality=modality, PatientID=source.PatientID,
                            SOPInstanceUID=result_uid(series_uid, self.model, kind),
                            SeriesInstanceUID=result_uid(series_uid, self.model, kind, "series"), ContentLabel=self.model.upper().replace("-", "_"),
                            ReferencedSeriesSequence=[made_from(series_uid)])
        described = {"kind": kind, "sop_class_uid": sop_class, "sop_instance_uid": str(dataset.SOPInstanceUID),
                     "series_instance_uid": str(dataset.SeriesInstanceUID), "orthanc_instance_id": "", "orthanc_series_id": ""}
        self.ask(worker, "store_result", file_bytes(dataset), job=granted["job"], epoch=granted["epoch"], object=described)
