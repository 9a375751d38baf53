# SPDX-License-Identifier: GPL-3.0-or-later
"""Result objects and .mha files read by pydicom and numpy alone: an oracle that shares no line with our own readers.

Everything comes back as an array [slice, row, column] in the order of the positions given, which are millimetres in LPS.
"""
import io
import pathlib
import re
import zlib

import numpy
import pydicom

# SNOMED CT: vertebra, L5 to T10; vertebral canal; disc, L5/S1 to T11/T12.
VERTEBRAE = ("51282000", "49668003", "11994002", "36470004", "14293000", "66794005", "23215003", "12989004", "7610001")
DISCS = ("360499006", "715056000", "84020006", "62551000", "67459009", "80064006", "76206002", "1537001")
LABEL_OF_CODE = {**dict.fromkeys(VERTEBRAE, 1), "61853006": 100, **dict.fromkeys(DISCS, 201)}
POSITION_TOLERANCE_MM = 0.01


def read_dicom(dicom):
    return pydicom.dcmread(io.BytesIO(dicom) if isinstance(dicom, bytes) else dicom)


def read_mha(path):
    """Returns (array [slice, row, column], positions of the slices' first voxels, direction matrix, spacing)."""
    raw = pathlib.Path(path).read_bytes()
    end = re.search(rb"ElementDataFile *= *LOCAL\r?\n", raw).end()
    header = dict(line.split(" = ", 1) for line in raw[:end].decode().replace("\r", "").splitlines())
    size = [int(n) for n in header["DimSize"].split()]
    element = {"MET_UCHAR": "u1", "MET_SHORT": "<i2", "MET_USHORT": "<u2", "MET_FLOAT": "<f4"}[header["ElementType"].strip()]
    body = raw[end:]
    if header.get("CompressedData", "False").strip() == "True":
        body = zlib.decompress(body)
    spacing = [float(n) for n in header["ElementSpacing"].split()]
    axes = numpy.array([float(n) for n in header["TransformMatrix"].split()]).reshape(3, 3)  # one row per index axis
    origin = numpy.array([float(n) for n in header["Offset"].split()])
    voxels = numpy.frombuffer(body, element).reshape(size[::-1])
    return voxels, [origin + axes[2] * spacing[2] * k for k in range(size[2])], axes, spacing


def resampled_to(grid_file, volume_file):
    """The voxels of one .mha at the voxel centres of another, nearest neighbour, 0 outside: axes in any order."""
    grid, grid_positions, grid_axes, grid_spacing = read_mha(grid_file)
    voxels, positions, axes, spacing = read_mha(volume_file)
    slices, rows, columns = numpy.indices(grid.shape)
    centres = (numpy.array(grid_positions)[slices.ravel()] + numpy.outer(rows.ravel() * grid_spacing[1], grid_axes[1])
               + numpy.outer(columns.ravel() * grid_spacing[0], grid_axes[0]))
    indices = numpy.rint((centres - positions[0]) @ numpy.linalg.inv(axes) / spacing).astype(int)[:, ::-1]
    inside = ((indices >= 0) & (indices < voxels.shape)).all(axis=1)
    result = numpy.zeros(grid.size, voxels.dtype)
    result[inside] = voxels[tuple(indices[inside].T)]
    return result.reshape(grid.shape)


def source_positions(folder):
    """IPP of every instance in the folder, in file-name order, with the SOP Instance UIDs."""
    datasets = [pydicom.dcmread(file, stop_before_pixels=True) for file in sorted(pathlib.Path(folder).iterdir())]
    return [numpy.array(d.ImagePositionPatient, float) for d in datasets], [str(d.SOPInstanceUID) for d in datasets]


def _slice_of(position, positions):
    distances = [numpy.linalg.norm(position - other) for other in positions]
    best = int(numpy.argmin(distances))
    assert distances[best] < POSITION_TOLERANCE_MM, f"a frame at {position} lies beside every slice ({distances[best]} mm)"
    return best


def _frame_position(item):
    return numpy.array(item.PlanePositionSequence[0].ImagePositionPatient, float)


def decode_segments(dicom, positions):
    """The Segment Number of every voxel, 0 for none. Overlapping segments are an error: ours are exclusive."""
    dataset = read_dicom(dicom)
    assert dataset.SegmentationType == "BINARY" and dataset.Modality == "SEG"
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    numbers = numpy.zeros((len(positions), dataset.Rows, dataset.Columns), numpy.uint8)
    for frame, item in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        plane = numbers[_slice_of(_frame_position(item), positions)]
        assert not (plane[frame == 1] != 0).any(), "two segments own the same voxel"
        plane[frame == 1] = int(item.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
    return numbers


def decode_segmentation(dicom, positions):
    """A label map 0/1/100/201."""
    label_of_segment = numpy.zeros(256, numpy.uint8)
    for segment in read_dicom(dicom).SegmentSequence:
        label_of_segment[int(segment.SegmentNumber)] = LABEL_OF_CODE[segment.SegmentedPropertyTypeCodeSequence[0].CodeValue]
    return label_of_segment[decode_segments(dicom, positions)]


def decode_parametric_map(dicom, positions):
    """Percent, float32: the stored values through the Real World Value Mapping (PS3.3 C.7.6.16.2.11)."""
    dataset = read_dicom(dicom)
    mapping = dataset.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "%"
    values = numpy.frombuffer(dataset.FloatPixelData, "<f4").reshape(-1, dataset.Rows, dataset.Columns)
    values = (values * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept).astype(numpy.float32)
    volume = numpy.full((len(positions), dataset.Rows, dataset.Columns), numpy.nan, numpy.float32)
    for frame, item in zip(values, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        volume[_slice_of(_frame_position(item), positions)] = frame
    return volume


def referenced_instances(dicom):
    """Every source SOP Instance UID that the object cites in its Common Instance Reference module."""
    dataset = read_dicom(dicom)
    return {str(reference.ReferencedSOPInstanceUID) for series in dataset.ReferencedSeriesSequence
            for reference in series.ReferencedInstanceSequence}


def evidence_of(report):
    """Every SOP Instance UID in a report's Current Requested Procedure Evidence."""
    return {str(reference.ReferencedSOPInstanceUID) for study in read_dicom(report).CurrentRequestedProcedureEvidenceSequence
            for series in study.ReferencedSeriesSequence for reference in series.ReferencedSOPSequence}


def folded(levels):
    """SPIDER's numbers by structure: 1 vertebra, 100 canal, 201 disc."""
    return numpy.where(levels > 200, 201, numpy.where((levels > 0) & (levels < 100), 1, levels)).astype(numpy.uint8)


def dice(prediction, truth):
    """{label: Dice} for the labels that the truth has."""
    return {label: 2 * ((prediction == label) & (truth == label)).sum() / ((prediction == label).sum() + (truth == label).sum())
            for label in (1, 100, 201) if (truth == label).any()}
