# SPDX-License-Identifier: GPL-3.0-or-later
"""A phantom's slices as instances of a new series, classic or enhanced, under UIDs of their own."""
import copy
import pathlib

import numpy
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from awkward_series import uid

PLAIN = ["ORIGINAL", "PRIMARY", "T2", "NONE"]


def turned_over(pixels):
    """Bright becomes dark inside the body, as in a fat or subtraction image."""
    top = numpy.percentile(pixels, 99.5)
    return numpy.where(pixels > 0.08 * top, numpy.clip(1.1 * top - pixels.astype(float), 0, None), 0)


def siemens(word):
    return ["DERIVED", "PRIMARY", "M", "NORM", word, "DIS2D", "MFSPLIT"]


def dixon(word):
    return ["ORIGINAL", "PRIMARY", "DIXON", word]


class CaseBuilder:
    def __init__(self, phantom_folder, folder):
        self.phantom = [pydicom.dcmread(file) for file in sorted(pathlib.Path(phantom_folder).iterdir())]
        self.folder = pathlib.Path(folder)

    def stack(self, case, name="", pixels=None, **values):
        """The phantom's slices as instances of the case's series; `values` by keyword, None removes."""
        datasets = copy.deepcopy(self.phantom)
        for number, dataset in enumerate(datasets):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid(case, name, number)
            dataset.SeriesInstanceUID, dataset.StudyInstanceUID = uid(case, "series"), uid(case, "study")
            dataset.FrameOfReferenceUID = uid(case, "frame of reference")
            if pixels:
                dataset.PixelData = pixels(dataset.pixel_array).astype(dataset.pixel_array.dtype).tobytes()
            set_values(dataset, values)
        return datasets

    def enhanced(self, case, groups, image_type, name="", slices=None, **values):
        """One Enhanced MR object; groups = [(frame type, pixels or None, {macro: {keyword: value}})]."""
        source = self.phantom[:slices]
        first = source[0]
        image = copy.deepcopy(first)
        set_values(image, dict.fromkeys(("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
                                         "SpacingBetweenSlices", "EchoTime", "RepetitionTime", "RescaleSlope", "RescaleIntercept",
                                         "InversionTime", "SliceLocation", "AcquisitionNumber")))
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = uid(case, name, "enhanced")
        image.SeriesInstanceUID, image.StudyInstanceUID = uid(case, "series"), uid(case, "study")
        image.FrameOfReferenceUID, image.ImageType = uid(case, "frame of reference"), image_type
        image.SharedFunctionalGroupsSequence = Sequence([item(
            PixelMeasuresSequence=[item(PixelSpacing=first.PixelSpacing, SliceThickness=first.SliceThickness)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=first.ImageOrientationPatient)],
            MRTimingAndRelatedParametersSequence=[item(RepetitionTime=first.RepetitionTime)],
            MREchoSequence=[item(EffectiveEchoTime=float(first.EchoTime))])])
        frames, planes = [], []
        for frame_type, pixels, macros in groups:
            for number, dataset in enumerate(source, 1):
                frame = item(PlanePositionSequence=[item(ImagePositionPatient=dataset.ImagePositionPatient)],
                             FrameContentSequence=[item(StackID="1", InStackPositionNumber=number)],
                             MRImageFrameTypeSequence=[item(FrameType=frame_type, ComplexImageComponent="MAGNITUDE",
                                                            VolumetricProperties="VOLUME", AcquisitionContrast="T2",
                                                            VolumeBasedCalculationTechnique="NONE")])
                for sequence, more in macros.items():
                    if sequence not in frame:
                        setattr(frame, sequence, Sequence([Dataset()]))
                    set_values(frame[sequence].value[0], more)
                frames.append(frame)
                array = dataset.pixel_array
                planes.append((pixels(array) if pixels else array).astype(array.dtype))
        image.PerFrameFunctionalGroupsSequence, image.NumberOfFrames = Sequence(frames), len(frames)
        image.PixelData = numpy.stack(planes).tobytes()
        set_values(image, values)
        return image

    def write(self, case, datasets):
        folder = self.folder / case
        folder.mkdir(parents=True)
        for number, dataset in enumerate(datasets, 1):
            dataset.InstanceNumber = number
            dataset.save_as(folder / f"I{number:04}.dcm", write_like_original=False)
        return folder


def item(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, Sequence(value) if keyword.endswith("Sequence") else value)
    return made


def set_values(dataset, values):
    for keyword, value in values.items():
        if value is not None:
            setattr(dataset, keyword, value)
        elif keyword in dataset:
            delattr(dataset, keyword)
