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
    levels, parts = (highdicom.seg.segread(os.path.join(folder, name)) for name in ("levels.dcm", "parts.dcm"))
    segmentations = {str(one.SOPInstanceUID): one for one in (levels, parts)}
    groups = report.content.get_volumetric_roi_measurement_groups()
    expected = levels.number_of_segments + parts.number_of_segments
    assert len(groups) == expected, (len(groups), expected)
    for group in groups:
        segment = group.referenced_segment
        segmentation = segmentations[str(segment.referenced_sop_instance_uid)]
        numbers = segment[0].referenced_segment_numbers
        described = segmentation.get_segment_description(int(numbers[0]))
        assert described.tracking_uid == group.tracking_uid, (described.segment_label, group.tracking_identifier)
        assert described.segmented_property_type == group.finding_type
        # A part that the image cuts has no volume.
        assert group.get_measurements() or segmentation is parts, group.tracking_identifier
    check_label_map(highdicom.seg.segread(os.path.join(folder, "labelmap.dcm")), levels)


def check_label_map(label_map, levels):
    """The same segments and the same voxels as in the binary encoding, which may leave planes out. Segment numbers, not
    number_of_segments: in 0.28.2 that takes the background away twice."""
    assert list(label_map.segment_numbers) == list(levels.segment_numbers)
    for number in levels.segment_numbers:
        one, other = label_map.get_segment_description(number), levels.get_segment_description(number)
        assert (one.segment_label, one.tracking_uid) == (other.segment_label, other.tracking_uid)
    whole = label_map.get_volume(combine_segments=True)
    part = levels.get_volume(combine_segments=True, allow_missing_positions=True)
    offset = numpy.linalg.inv(whole.affine) @ part.affine
    begin = int(round(offset[0, 3]))
    expected = numpy.zeros_like(whole.array)
    expected[begin:begin + part.spatial_shape[0]] = part.array
    assert numpy.array_equal(whole.array, expected)


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
