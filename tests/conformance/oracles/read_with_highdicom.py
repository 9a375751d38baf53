# SPDX-License-Identifier: GPL-3.0-or-later
"""read_with_highdicom.py FOLDER...: both results as highdicom places them in the patient. In each folder seg.dcm and
map.dcm become labels.raw and map.raw, planes ascending along row x column.

The Parametric Map has a frame for every source plane and gives the grid; the Segmentation may leave planes out."""

import os
import sys

import highdicom
import numpy

LABELS = {"51282000": 1, "61853006": 100, "360499006": 201}


def check_report(folder):
    """highdicom's template classes accept the report, and every group's segment carries the group's tracking UID."""
    report = highdicom.sr.srread(os.path.join(folder, "report.dcm"))
    levels = highdicom.seg.segread(os.path.join(folder, "levels.dcm"))
    groups = report.content.get_volumetric_roi_measurement_groups()
    assert len(groups) == levels.number_of_segments, (len(groups), levels.number_of_segments)
    for group in groups:
        segment = group.referenced_segment
        assert segment.referenced_sop_instance_uid == levels.SOPInstanceUID
        numbers = segment[0].referenced_segment_numbers
        described = levels.get_segment_description(int(numbers[0]))
        assert described.tracking_uid == group.tracking_uid, (described.segment_label, group.tracking_identifier)
        assert described.segmented_property_type == group.finding_type
        assert group.get_measurements(), group.tracking_identifier
    labels = highdicom.seg.segread(os.path.join(folder, "labelmap.dcm"))
    assert labels.number_of_segments == levels.number_of_segments


def read(folder):
    pmap = highdicom.imread(os.path.join(folder, "map.dcm")).get_volume(apply_real_world_transform=False, apply_modality_transform=False)
    seg = highdicom.seg.segread(os.path.join(folder, "seg.dcm"))
    volume = seg.get_volume(combine_segments=True, allow_missing_positions=True)
    values = numpy.zeros(max(seg.segment_numbers) + 1, numpy.uint8)
    for number in seg.segment_numbers:
        values[number] = LABELS[seg.get_segment_description(number).segmented_property_type.value]
    offset = numpy.linalg.inv(pmap.affine) @ volume.affine
    assert numpy.allclose(offset[:3, :3], numpy.eye(3), atol=1e-6), "the two results lie on differently oriented grids"
    first = offset[:3, 3]
    assert numpy.allclose(first, numpy.round(first), atol=1e-3) and numpy.allclose(first[1:], 0, atol=1e-3), first
    labels = numpy.zeros(pmap.spatial_shape, numpy.uint8)
    begin = int(round(first[0]))
    labels[begin:begin + volume.spatial_shape[0]] = values[volume.array]
    # highdicom orders planes by its own convention; ours ascends along row x column, the last two axes turned round.
    normal = numpy.cross(pmap.affine[:3, 2], pmap.affine[:3, 1])
    step = 1 if numpy.dot(normal, pmap.affine[:3, 0]) > 0 else -1
    labels[::step].tofile(os.path.join(folder, "labels.raw"))
    pmap.array[::step].astype("<f4").tofile(os.path.join(folder, "map.raw"))


for path in sys.argv[1:]:
    read(path)
    check_report(path)
