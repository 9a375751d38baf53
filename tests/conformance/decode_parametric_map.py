# SPDX-License-Identifier: GPL-3.0-or-later
"""decode_parametric_map.py SOURCE_FOLDER PMAP OUT: pydicom's reading of a Parametric Map as raw float32, file order.

Viewers take the frames in file order: it must be one frame for every source plane, ascending along row x column."""

import sys

import numpy
import pydicom

from source_planes import as_text, plane_of, source_planes


def main(folder, path, out):
    planes, orientation = source_planes(folder)
    pmap = pydicom.dcmread(path)
    shared = pmap.SharedFunctionalGroupsSequence[0]
    assert as_text(shared.PlaneOrientationSequence[0].ImageOrientationPatient) == orientation, "orientation text differs"
    groups = pmap.PerFrameFunctionalGroupsSequence
    assert [plane_of(group, planes) for group in groups] == list(range(len(planes)))
    assert shared.FrameAnatomySequence[0].FrameLaterality == "U"
    mapping = shared.RealWorldValueMappingSequence[0]
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "%"
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (100, 0)
    names = [item.ConceptNameCodeSequence[0].CodeMeaning for item in mapping.QuantityDefinitionSequence]
    assert names == ["Quantity", "Measurement Method"], names
    for forbidden in ("BitsStored", "HighBit", "PixelRepresentation", "PixelData"):
        assert forbidden not in pmap, forbidden
    values = numpy.frombuffer(pmap.FloatPixelData, "<f4")
    assert values.size == len(planes) * pmap.Rows * pmap.Columns
    values.tofile(out)


main(*sys.argv[1:])
