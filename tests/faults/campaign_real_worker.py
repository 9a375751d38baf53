# SPDX-License-Identifier: GPL-3.0-or-later
"""A real spineseg-worker in a fault campaign, phantoms for it, and what its results say of themselves."""
import io
import pathlib
import signal
import tempfile
import threading

import pydicom

from campaign_series import FORMS, TEMPLATE
from deployment import WORKER, model_folder, spineseg
from orthanc_server import file_bytes
from process import Process

SILENT_SECONDS = 6  # twice a lease
PHANTOM = ("--seed", 11, "--slices", 13, "--rows", 200, "--columns", 200, "--pixel-spacing", 1.5)


class RealWorker:
    """As ScriptedWorker: killed and started again, or stopped and continued."""

    def __init__(self, socket, log):
        self.command, self.log = [WORKER, "--model", model_folder(), "--socket", socket], log
        self.name, self.process = "real worker", None
        self.stopping = threading.Event()

    def start(self):
        self.process = Process(self.command, self.log)

    def die(self):
        self.process.kill()
        self.start()

    def fall_silent(self):
        self.process.popen.send_signal(signal.SIGSTOP)
        threading.Timer(SILENT_SECONDS, self.process.popen.send_signal, (signal.SIGCONT,)).start()

    def stop(self):
        self.stopping.set()
        if self.process is not None:
            self.process.kill()


def phantom_template():
    """The files of a phantom under the UIDs of the campaign's template, for Series."""
    with tempfile.TemporaryDirectory(prefix="spineseg-campaign-") as folder:
        spineseg("phantom", "--out", folder, *PHANTOM)
        datasets = [pydicom.dcmread(file) for file in sorted(pathlib.Path(folder, "dicom").iterdir())]
    for number, dataset in enumerate(datasets):
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = FORMS["study"] % TEMPLATE, FORMS["series"] % TEMPLATE
        dataset.PatientID = FORMS["patient"] % TEMPLATE
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = FORMS["instance"] % (TEMPLATE, number)
    return [file_bytes(dataset) for dataset in datasets]


def made_by(file, series_uid):
    """(model, kind) of a result of that series, by the file's own words; None: it is none."""
    header = pydicom.dcmread(io.BytesIO(file), stop_before_pixels=True)
    equipment = header.get("ContributingEquipmentSequence")
    if not str(header.get("Manufacturer")).startswith("spineseg") or not equipment or series_uid not in str(header):
        return None
    return str(equipment[-1].ManufacturerModelName), str(header.Modality)
