# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Orthanc with the plugin, on free loopback ports and in a folder of its own, and series to send to it."""
import json
import os
import pathlib
import shutil
import tempfile
import time
import urllib.error
import urllib.request

import numpy
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from process import Process, free_port

ORTHANC = shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin:/usr/bin")
PLUGIN = os.path.join(os.environ["SPINESEG_BUILD_DIR"], "lib", "libOrthancSpineSeg.so")
# The model that raw_worker.py says, and one output, so that one result makes a job done.
BY_HAND = {"Models": ["ab" * 32], "Outputs": ["SEG"]}
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"


def environment():
    """A plugin that was built with a sanitizer needs its runtime before everything else; Orthanc does not bring it.
    Leaks are not looked for, because Orthanc keeps memory until its end."""
    runtime = os.environ.get("SPINESEG_SANITIZER_RUNTIME")
    if not runtime:
        return None
    return {**os.environ, "LD_PRELOAD": f"{runtime} libstdc++.so.6",
            "ASAN_OPTIONS": "detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", "")}


class OrthancServer:
    """Starts in start(), keeps its folder over restarts, removes it in destroy()."""

    def __init__(self, settings=None, stable_age=1, orthanc=None, plugins=()):
        """`settings` are the plugin's, `orthanc` more of Orthanc's own, `plugins` more files to load."""
        self.folder = tempfile.mkdtemp(prefix="spineseg-plugin-")
        self.url = ""
        self.process = None
        self.settings = settings or {}
        self.orthanc = orthanc or {}
        self.plugins = list(plugins)
        self.stable_age = stable_age

    def path(self, name):
        return os.path.join(self.folder, name)

    def configuration(self):
        return {"Name": "test", "StorageDirectory": self.path("db"), "IndexDirectory": self.path("db"),
                "Plugins": [PLUGIN, *self.plugins], "HttpPort": free_port(), "DicomPort": free_port(), "RemoteAccessAllowed": False,
                "StableAge": self.stable_age, "SpineSeg": {**BY_HAND, **self.settings}, **self.orthanc}

    def launch(self):
        configuration = self.configuration()
        with open(self.path("orthanc.json"), "w") as file:
            json.dump(configuration, file)
        self.url = "http://127.0.0.1:%d" % configuration["HttpPort"]
        self.dicom_port = configuration["DicomPort"]
        self.process = Process([ORTHANC, "--verbose", self.path("orthanc.json")], pathlib.Path(self.path("orthanc.log")),
                               environment())

    def start(self):
        self.launch()
        deadline = time.time() + 30
        while time.time() < deadline:
            if not self.process.is_running():
                raise RuntimeError("Orthanc ended at its start:\n" + self.log()[-3000:])
            try:
                return self.get("/system")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise RuntimeError("Orthanc does not answer:\n" + self.log()[-3000:])

    def stop(self):
        """Seconds that it took to end."""
        begun = time.time()
        self.process.stop()
        return time.time() - begun

    def kill(self):
        self.process.kill()

    def destroy(self):
        if self.process is not None:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        with open(self.path("orthanc.log"), errors="replace") as file:
            return file.read()

    def request(self, method, path, body=None, headers=None):
        """(status, headers, parsed or raw body); never raises for a status. A body is JSON unless `headers` say otherwise."""
        request = urllib.request.Request(self.url + path, data=body, method=method,
                                         headers={"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, headers, text = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, text = error.code, error.headers, error.read()
        try:
            return status, headers, json.loads(text)
        except ValueError:
            return status, headers, text

    def get(self, path):
        return self.request("GET", path)[2]

    def post(self, path, body=b""):
        return self.request("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())

    def store(self, dataset):
        status, _, answer = self.post("/instances", file_bytes(dataset))
        if status != 200:
            raise RuntimeError("not stored: %s %s" % (status, answer))
        return answer

    def wait_for_state(self, series, wanted, seconds=20):
        deadline = time.time() + seconds
        answer = None
        while time.time() < deadline:
            answer = self.get("/spineseg/series/" + series)
            if isinstance(answer, dict) and answer.get("State") in wanted:
                return answer
            time.sleep(0.1)
        raise AssertionError("series never became %s, but: %s\n%s" % (wanted, answer, self.log()[-3000:]))


# What the database writes into the journal of every job.
OF_EVERY_JOB = {"arrived", "arrived again", "started", "stored", "attempt ended"}


def deeds(job):
    """The entries of a job's journal that tell what was asked for and what was done with its results."""
    return [entry for entry in job["Journal"] if entry["Action"] not in OF_EVERY_JOB]


def file_bytes(dataset):
    with tempfile.TemporaryFile() as file:
        dataset.save_as(file, write_like_original=False)
        file.seek(0)
        return file.read()


def make_instance(study, series, number, **changes):
    """One sagittal MR slice of a lumbar series; `changes` by keyword, None removes."""
    uid = generate_uid()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MR_IMAGE
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    pixels = (numpy.arange(128 * 128, dtype=numpy.uint16) % 251 + number).reshape(128, 128)
    values = dict(
        SOPClassUID=MR_IMAGE, SOPInstanceUID=uid, StudyInstanceUID=study, SeriesInstanceUID=series, Modality="MR",
        PatientName="SECRET^NAME", PatientID="SECRET-ID", PatientBirthDate="19700101", PatientSex="O",
        StudyDate="20260102", StudyTime="101500", AccessionNumber="", ReferringPhysicianName="", StudyID="1",
        StudyDescription="MRT LWS", SeriesDescription="t2_tse_sag", SeriesNumber=3, InstanceNumber=number,
        FrameOfReferenceUID=study, Manufacturer="SIEMENS", ImageType=["ORIGINAL", "PRIMARY", "M"],
        BodyPartExamined="LSPINE", ScanningSequence="SE", RepetitionTime=3500, EchoTime=102, PatientPosition="HFS",
        ImageOrientationPatient=[0, 1, 0, 0, 0, -1], ImagePositionPatient=[-30 + 4.4 * number, -140, 140],
        PixelSpacing=[2.1875, 2.1875], SliceThickness=4, SpacingBetweenSlices=4.4, Rows=128, Columns=128,
        SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", BitsAllocated=16, BitsStored=12, HighBit=11,
        PixelRepresentation=0, PixelData=pixels.tobytes())
    values.update(changes)
    for keyword, value in values.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def send_series(server, count=7, study=None, series=None, first=0, **changes):
    """Orthanc's (series id, study id) of a series of `count` slices."""
    study, series = study or generate_uid(), series or generate_uid()
    for number in range(first, first + count):
        answer = server.store(make_instance(study, series, number, **changes))
    return answer["ParentSeries"], answer["ParentStudy"]
