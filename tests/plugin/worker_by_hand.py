# SPDX-License-Identifier: GPL-3.0-or-later
"""A job done by hand: a raw worker that asks for it, and results for it to store."""
import io
import time

import pydicom
from pydicom.uid import generate_uid

from orthanc_server import file_bytes, make_instance
from raw_worker import RawWorker

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"


def worker_of(server, **names):
    worker = RawWorker(server.path("db/spineseg.sock"))
    answer = worker.hello(**names)
    assert answer["type"] == "welcome", answer
    return worker


def lease(worker, seconds=10):
    deadline = time.time() + seconds
    while time.time() < deadline:
        header, _ = worker.ask("lease_request")
        if header["type"] == "lease_granted":
            return header
        time.sleep(0.2)
    raise AssertionError("no lease, but " + str(header))


def result_of(fetched, **changes):
    """A result instance in the source's study. Its pixels do not matter to the plugin; its place does."""
    source = pydicom.dcmread(io.BytesIO(fetched))
    described = {"Modality": "SEG", "SOPClassUID": SEGMENTATION_STORAGE, "Manufacturer": "spineseg",
                 "SoftwareVersions": "spineseg 0.1.0", **changes}
    return make_instance(source.StudyInstanceUID, generate_uid(), 1, **described)


def store(worker, granted, dataset, **changes):
    described = {"kind": "segmentation", "sop_class_uid": str(dataset.SOPClassUID),
                 "sop_instance_uid": str(dataset.SOPInstanceUID),
                 "series_instance_uid": str(dataset.SeriesInstanceUID), "orthanc_instance_id": "", "orthanc_series_id": ""}
    return worker.ask("store_result", file_bytes(dataset), job=granted["job"], epoch=granted["epoch"],
                      object={**described, **changes})
