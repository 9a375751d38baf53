# SPDX-License-Identifier: GPL-3.0-or-later
"""decode_segmentation.py SOURCE_FOLDER SEG OUT: pydicom's reading of a Segmentation as raw labels, source planes ascending."""

import sys

import numpy
import pydicom

from source_planes import as_text, plane_of, source_planes

# By structure, and by level as SPIDER numbers them.
LABELS = {"51282000": 1, "61853006": 100, "360499006": 201,
          "49668003": 1, "11994002": 2, "36470004": 3, "14293000": 4, "66794005": 5, "23215003": 6, "12989004": 7,
          "715056000": 201, "84020006": 202, "62551000": 203, "67459009": 204, "80064006": 205, "76206002": 206}

# Bodies have codes of their own, from below 31 upwards; an arch, from below 61, is known by its region.
BODIES = {code: 31 + i for i, code in enumerate(["21799000", "71996003", "55492004", "53983007", "61032001", "280849005"])}
ARCH = "40265002"


def label_of(segment):
    code = segment.SegmentedPropertyTypeCodeSequence[0].CodeValue
    if code == ARCH:
        return 60 + LABELS[segment.AnatomicRegionSequence[0].CodeValue]
    if code in BODIES:
        assert LABELS[segment.AnatomicRegionSequence[0].CodeValue] == BODIES[code] - 30
        return BODIES[code]
    return LABELS[code]


def main(folder, path, out):
    planes, orientation = source_planes(folder)
    seg = pydicom.dcmread(path)
    shared = seg.SharedFunctionalGroupsSequence[0]
    assert as_text(shared.PlaneOrientationSequence[0].ImageOrientationPatient) == orientation
    labels = {int(item.SegmentNumber): label_of(item) for item in seg.SegmentSequence}
    assert sorted(labels) == list(range(1, len(labels) + 1)), "segment numbers are not consecutive"
    frames = seg.pixel_array.reshape(seg.NumberOfFrames, seg.Rows, seg.Columns)
    groups = seg.PerFrameFunctionalGroupsSequence
    assert len(groups) == len(frames)
    volume = numpy.zeros((len(planes), seg.Rows, seg.Columns), numpy.uint8)
    order, used = [], set()
    for frame, group in zip(frames, groups):
        segment = int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        plane = plane_of(group, planes)
        indices = list(group.FrameContentSequence[0].DimensionIndexValues)
        assert indices[0] == segment
        order.append((segment, plane, indices[1]))
        mask = frame.astype(bool)
        assert not volume[plane][mask].any(), "segments overlap"
        volume[plane][mask] = labels[segment]
        if mask.any():
            used.add(segment)
    assert used == set(labels), "a segment owns no voxel"
    assert order == sorted(order), "frames are not segment-major and ascending"
    present = sorted({plane for _, plane, _ in order})
    assert all(index == present.index(plane) + 1 for _, plane, index in order), "plane indices are not the planes' ranks"
    volume.tofile(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
