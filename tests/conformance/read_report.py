# SPDX-License-Identifier: GPL-3.0-or-later
"""read_report.py REPORT SEGMENTATION...: every measurement of a TID 1500 report as pydicom finds it, one line each:
tracking identifier|quantity|value|unit|uncertainty. The Segmentations must hold what the report cites."""

import sys

import pydicom

HEIGHTS = {"255549009": "anterior_height", "C25569": "middle_height", "255551008": "posterior_height"}
QUANTITIES = {"131197000": "depth", "118565006": "volume", "DISCHEIGHTINDEX": "disc_height_index", "SLIP": "slip",
              "SLIPPERCENT": "slip_percent", "81827009": "canal_diameter"}


def name(item):
    return item.ConceptNameCodeSequence[0].CodeValue if "ConceptNameCodeSequence" in item else None


def children(item, concept=None):
    return [child for child in item.get("ContentSequence", []) if concept is None or name(child) == concept]


def quantity(item):
    if name(item) != "121207":
        return QUANTITIES[name(item)]
    return HEIGHTS[children(item, "106233006")[0].ConceptCodeSequence[0].CodeValue]


def measurement(item):
    measured = item.MeasuredValueSequence[0]
    upper, lower = children(item, "371886008"), children(item, "371885007")
    doubts = [child.MeasuredValueSequence[0] for child in upper + lower]
    assert len(doubts) in (0, 2) and len({str(doubt.NumericValue) for doubt in doubts}) <= 1
    unit = measured.MeasurementUnitsCodeSequence[0]
    assert unit.CodingSchemeDesignator == "UCUM"
    assert all(doubt.MeasurementUnitsCodeSequence[0].CodeValue == unit.CodeValue for doubt in doubts)
    doubt = doubts[0].NumericValue.original_string if doubts else ""
    return f"{quantity(item)}|{measured.NumericValue.original_string}|{unit.CodeValue}|{doubt}"


def main(report_path, *seg_paths):
    report = pydicom.dcmread(report_path)
    segmentations = {seg.SOPInstanceUID: seg for seg in map(pydicom.dcmread, seg_paths)}
    assert report.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.34"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    evidence = {reference.ReferencedSOPInstanceUID
                for study in report.CurrentRequestedProcedureEvidenceSequence
                for series in study.ReferencedSeriesSequence for reference in series.ReferencedSOPSequence}
    for group in children(children(report, "126010")[0], "125007"):
        reference = children(group, "121191")[0].ReferencedSOPSequence[0]
        seg = segmentations[reference.ReferencedSOPInstanceUID]
        assert seg.SOPInstanceUID in evidence
        segment = next(item for item in seg.SegmentSequence
                       if item.SegmentNumber == reference.ReferencedSegmentNumber)
        assert children(group, "112040")[0].UID == segment.TrackingUID
        tracking = children(group, "112039")[0].TextValue
        assert tracking == segment.TrackingID
        for item in children(group):
            if item.ValueType == "NUM" and name(item) != "CONFIDENCE":
                print(f"{tracking}|{measurement(item)}")
    for library in children(report, "111028"):
        for group in children(library):
            for image in children(group):
                assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID in evidence


main(*sys.argv[1:])
