# SPDX-License-Identifier: GPL-3.0-or-later
"""Series that must not be segmented, made from a good one with pydicom. Each maker returns a new folder of instances.

Every series gets UIDs of its own (derived from its name), so that they stand beside each other in one Orthanc."""
import copy
import hashlib
import pathlib

import numpy
import pydicom
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, MPEG2MPML


def uid(*parts):
    """A UUID-derived UID (PS3.5 B.2) that depends on nothing but the parts."""
    return "2.25." + str(int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:16], "big") >> 6)


class SeriesForge:
    def __init__(self, good_folder, work_folder):
        self.good = [pydicom.dcmread(file) for file in sorted(pathlib.Path(good_folder).iterdir())]
        self.work = pathlib.Path(work_folder)

    def copies(self, name):
        datasets = copy.deepcopy(self.good)
        for number, dataset in enumerate(datasets, 1):
            dataset.StudyInstanceUID = uid(name, "study")
            dataset.FrameOfReferenceUID = uid(name, "frame of reference")
            dataset.SeriesInstanceUID = uid(name, "series")
            dataset.InstanceNumber = number
        return datasets

    def write(self, name, datasets):
        folder = self.work / name
        folder.mkdir(parents=True)
        for number, dataset in enumerate(datasets, 1):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid(name, "instance", number)
            dataset.save_as(folder / f"{number:03}.dcm", write_like_original=False)
        return folder

    def good_series(self, name):
        return self.write(name, self.copies(name))

    def localizer(self):
        datasets = self.copies("localizer")[:3]
        for dataset in datasets:
            dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
            dataset.SeriesDescription = "localizer"
        return self.write("localizer", datasets)

    def axial(self):
        datasets = self.copies("axial")
        for number, dataset in enumerate(datasets):
            dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
            dataset.ImagePositionPatient = [-150, -150, 4.0 * number]
            dataset.SeriesDescription = "T2 AX"
        return self.write("axial", datasets)

    def head(self):
        datasets = self.copies("head")
        for dataset in datasets:
            dataset.BodyPartExamined = "HEAD"
            dataset.SeriesDescription = "T2 SAG BRAIN"
            dataset.StudyDescription = "MR brain"
            dataset.ProtocolName = "brain"
        return self.write("head", datasets)

    def three_planes(self):
        datasets = self.copies("three-planes")
        planes = [[0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 0, -1], [1, 0, 0, 0, 1, 0]]
        for number, dataset in enumerate(datasets):
            dataset.ImageOrientationPatient = planes[number % 3]
        return self.write("three-planes", datasets)

    def missing_slice(self):
        datasets = self.copies("missing-slice")
        del datasets[len(datasets) // 2]
        return self.write("missing-slice", datasets)

    def two_echoes(self):
        """A proton density echo beside the T2-weighted one."""
        first, second = self.copies("two-echoes"), self.copies("two-echoes")
        for dataset in first:
            dataset.EchoNumbers = 1
            dataset.EchoTime = 15
        for dataset in second:
            dataset.EchoNumbers = 2
        return self.write("two-echoes", first + second)

    def two_phases(self):
        """A dynamic series: the same slices at two times."""
        first, second = self.copies("two-phases"), self.copies("two-phases")
        for position, datasets in ((1, first), (2, second)):
            for dataset in datasets:
                dataset.TemporalPositionIdentifier = position
        return self.write("two-phases", first + second)

    def truncated_file(self):
        """One instance whose pixel data ends in the middle, with the length element left as it was."""
        folder = self.write("truncated", self.copies("truncated"))
        victim = sorted(folder.iterdir())[4]
        whole = victim.read_bytes()
        victim.write_bytes(whole[: len(whole) - len(self.good[4].PixelData) // 2])
        return folder

    def short_pixels(self):
        """Every instance well-formed, but one holds half the pixels that Rows × Columns promise."""
        datasets = self.copies("short-pixels")
        datasets[4].PixelData = datasets[4].PixelData[: len(datasets[4].PixelData) // 4 * 2]
        return self.write("short-pixels", datasets)

    def unsupported_transfer_syntax(self):
        """A film (MPEG2), which no MR image is stored as."""
        return self.compressed("mpeg2", MPEG2MPML, bytes.fromhex("000001b3") + bytes(60))

    def broken_jpeg2000(self):
        """A code stream that is cut after its first markers."""
        return self.compressed("jpeg2000", JPEG2000Lossless, bytes.fromhex("ff4fff51") + bytes(60))

    def compressed(self, name, transfer_syntax, code_stream):
        datasets = self.copies(name)
        for dataset in datasets:
            dataset.PixelData = encapsulate([code_stream])
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = transfer_syntax
        return self.write(name, datasets)

    def one_slice(self):
        return self.write("one-slice", self.copies("one-slice")[7:8])

    def black(self):
        datasets = self.copies("black")
        for dataset in datasets:
            dataset.PixelData = numpy.zeros(dataset.Rows * dataset.Columns, "<u2").tobytes()
        return self.write("black", datasets)
