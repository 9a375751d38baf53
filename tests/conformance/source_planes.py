# SPDX-License-Identifier: GPL-3.0-or-later
"""The planes of a source series as pydicom sees them: an opinion that owes nothing to our own reader."""

import os

import numpy
import pydicom


def source_planes(folder):
    """(position text, SOP Instance UID, frame number or 0) ascending along row x column, and the orientation text."""
    planes = []
    orientation = None
    for name in sorted(os.listdir(folder)):
        dataset = pydicom.dcmread(os.path.join(folder, name))
        if "PerFrameFunctionalGroupsSequence" in dataset:
            shared = dataset.SharedFunctionalGroupsSequence[0]
            orientation = shared.PlaneOrientationSequence[0].ImageOrientationPatient
            for number, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence, 1):
                planes.append((frame.PlanePositionSequence[0].ImagePositionPatient, dataset.SOPInstanceUID, number))
        else:
            orientation = dataset.ImageOrientationPatient
            planes.append((dataset.ImagePositionPatient, dataset.SOPInstanceUID, 0))
    cosines = [float(value) for value in orientation]
    normal = numpy.cross(cosines[:3], cosines[3:])
    planes.sort(key=lambda plane: float(numpy.dot(normal, [float(value) for value in plane[0]])))
    return [(as_text(position), uid, number) for position, uid, number in planes], as_text(orientation)


def as_text(values):
    """The stored strings: pydicom keeps them beside the numbers."""
    return "\\".join(getattr(value, "original_string", str(value)) for value in values)


def plane_of(frame, planes):
    """The index of the source plane that a result's frame lies on; position, instance and frame number must agree."""
    position = as_text(frame.PlanePositionSequence[0].ImagePositionPatient)
    index = [plane[0] for plane in planes].index(position)
    source = frame.DerivationImageSequence[0].SourceImageSequence[0]
    assert source.ReferencedSOPInstanceUID == planes[index][1], "frame refers to another instance than its position does"
    assert int(source.get("ReferencedFrameNumber", 0)) == planes[index][2], "frame refers to another source frame"
    return index
