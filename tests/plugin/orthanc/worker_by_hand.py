# SPDX-License-Identifier: GPL-3.0-or-later
"""A job done by hand: a raw worker that asks for it, and results for it to store."""
import io
import os
import pathlib
import re
import time

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from orthanc_server import file_bytes
from raw_worker import RawWorker

ROOT = pathlib.Path(os.environ.get("SPINESEG_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[3])
MODEL = ("raw", "ab" * 32)  # RawWorker's own; orthanc_server.py admits it
SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.30"
REPORT_STORAGE = "1.2.840.10008.5.1.4.1.1.88.34"
# kind: SOP class, modality, word of the description, last digit of the series number
SHAPES = {"segmentation": (SEGMENTATION_STORAGE, "SEG", "SEG", 1),
          "parametric_map": (MAP_STORAGE, "OT", "UNCERTAINTY", 2),
          "measurement_report": (REPORT_STORAGE, "SR", "REPORT", 3)}


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


def copied_tags():
    """What a result takes over from its source: the table of core/copied_attributes.cpp."""
    text = (ROOT / "core" / "copied_attributes.cpp").read_text()
    return [(int(tag, 16), rest.startswith(", true")) for tag, rest in
            re.findall(r"CopiedAttribute\{0x([0-9a-f]{8})U, \{'.', '.'\}(.*?)\},", text)]


def item(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, Sequence(value) if isinstance(value, list) else value)
    return made


def references(source, inner):
    image = item(ReferencedSOPClassUID=source.SOPClassUID, ReferencedSOPInstanceUID=source.SOPInstanceUID)
    return item(SeriesInstanceUID=source.SeriesInstanceUID, **{inner: [image]})


def equipment(granted, model):
    request = granted["request"]
    asked = "samples=%d steps=%d seed=%d model=%s" % (request.get("samples", 5), request.get("steps", 3), request["seed"], model[1])
    return [item(Manufacturer="spineseg", ManufacturerModelName="spineseg lumbar"),
            item(Manufacturer="spineseg", ManufacturerModelName=model[0], SoftwareVersions="0", ContributionDescription=asked)]


def content_of(kind, source):
    if kind == "measurement_report":
        study = item(StudyInstanceUID=source.StudyInstanceUID,
                     ReferencedSeriesSequence=[references(source, "ReferencedSOPSequence")])
        return dict(CompletionFlag="COMPLETE", VerificationFlag="UNVERIFIED", ValueType="CONTAINER",
                    CurrentRequestedProcedureEvidenceSequence=[study],
                    ContentSequence=[item(RelationshipType="CONTAINS", ValueType="CONTAINER")])
    frame = item(PlanePositionSequence=[item(ImagePositionPatient=source.ImagePositionPatient)])
    image = dict(ContentQualification="RESEARCH", FrameOfReferenceUID=source.FrameOfReferenceUID, BodyPartExamined="LSPINE",
                 ImageType=["DERIVED", "PRIMARY"], Rows=source.Rows, Columns=source.Columns, SamplesPerPixel=1,
                 PhotometricInterpretation="MONOCHROME2", NumberOfFrames=1, PerFrameFunctionalGroupsSequence=[frame],
                 ReferencedSeriesSequence=[references(source, "ReferencedInstanceSequence")])
    pixels = source.Rows * source.Columns
    if kind == "parametric_map":
        return {**image, "BitsAllocated": 32, "FloatPixelData": b"\0\0\0\x3f" * pixels}
    return {**image, "BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "PixelRepresentation": 0, "SegmentationType": "BINARY",
            "PixelData": b"\x55" * (pixels // 8)}


def result_of(fetched, granted, kind="segmentation", model=MODEL, **changes):
    """A result that breaks no rule, of that source instance (its file's bytes). `changes` by keyword, None removes."""
    source = pydicom.dcmread(io.BytesIO(fetched))
    sop_class, modality, word, digit = SHAPES[kind]
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    result = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    result.is_little_endian, result.is_implicit_VR = True, False
    for tag, always in copied_tags():
        if tag in source:
            result.add(source[tag])
        elif always:
            result.add_new(tag, pydicom.datadict.dictionary_VR(tag), "")
    values = dict(SOPClassUID=sop_class, SOPInstanceUID=generate_uid(prefix=None), SeriesInstanceUID=generate_uid(prefix=None),
                  Modality=modality, Manufacturer="spineseg", ManufacturerModelName="spineseg lumbar",
                  SoftwareVersions="spineseg 0.1.0", SeriesNumber=90000 + 10 * int(source.get("SeriesNumber") or 0) + digit,
                  SeriesDescription="AI Lumbar %s 1 [%s] RESEARCH" % (word, source.get("SeriesDescription", "")),
                  ContributingEquipmentSequence=equipment(granted, model), **content_of(kind, source))
    values.update(changes)
    for keyword, value in values.items():
        if value is not None:
            setattr(result, keyword, Sequence(value) if isinstance(value, list) and value and isinstance(value[0], Dataset) else value)
    if "PixelData" in result:
        result["PixelData"].VR = "OB"
    meta.MediaStorageSOPClassUID = result.SOPClassUID
    meta.MediaStorageSOPInstanceUID = result.SOPInstanceUID
    return result


def copy_of(result):
    """Of a dataset with sequences; deepcopy() of pydicom 2.3 cannot do it."""
    return pydicom.dcmread(io.BytesIO(file_bytes(result)))


def described(dataset, kind="segmentation", **changes):
    """What the message says of the file."""
    return {"kind": kind, "sop_class_uid": str(dataset.SOPClassUID), "sop_instance_uid": str(dataset.SOPInstanceUID),
            "series_instance_uid": str(dataset.SeriesInstanceUID), "orthanc_instance_id": "", "orthanc_series_id": "", **changes}


def store(worker, granted, dataset, kind="segmentation", **changes):
    return worker.ask("store_result", file_bytes(dataset), job=granted["job"], epoch=granted["epoch"],
                      object=described(dataset, kind, **changes))
