# SPDX-License-Identifier: GPL-3.0-or-later
"""decode_label_map.py SOURCE_FOLDER LABELMAP OUT: pydicom's reading of a LABELMAP Segmentation as raw labels."""

import sys

import numpy
import pydicom

from decode_segmentation import LABELS
from source_planes import as_text, plane_of, source_planes


def main(folder, path, out):
    planes, orientation = source_planes(folder)
    seg = pydicom.dcmread(path)
    assert seg.SegmentationType == "LABELMAP" and seg.PixelPaddingValue == 0
    assert as_text(seg.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0].ImageOrientationPatient) == orientation
    values = numpy.zeros(256, numpy.uint8)
    for item in seg.SegmentSequence:
        if item.SegmentNumber == 0:
            assert item.SegmentLabel == "Background"
        else:
            values[item.SegmentNumber] = LABELS[item.SegmentedPropertyTypeCodeSequence[0].CodeValue]
    # This pydicom does not know the SOP class; the pixels are plain bytes, a frame for every plane.
    size = seg.Rows * seg.Columns
    frames = numpy.frombuffer(seg.PixelData, numpy.uint8)[:size * seg.NumberOfFrames].reshape(seg.NumberOfFrames, size)
    order = [plane_of(group, planes) for group in seg.PerFrameFunctionalGroupsSequence]
    assert order == list(range(len(planes))), "not a frame for every plane in ascending order"
    values[frames].tofile(out)


main(*sys.argv[1:])
