# SPDX-License-Identifier: GPL-3.0-or-later
"""The phantom's images by other numbers: offsets, a Modality LUT, padding, samples beyond Bits Stored, NIfTI of another scale.
`cases` is a CaseBuilder, whose phantom is written anew."""
import gzip
import pathlib
import struct

import numpy
from pydicom.sequence import Sequence

from case_builder import item


def with_offset(cases, case, offset, signed):
    """Values below zero, by Rescale Intercept or as signed pixels."""
    if not signed:
        return cases.stack(case, RescaleSlope="1", RescaleIntercept=str(offset), RescaleType="US")
    datasets = cases.stack(case, PixelRepresentation=1, BitsStored=16, HighBit=15, SmallestImagePixelValue=None, LargestImagePixelValue=None)
    for dataset in datasets:
        dataset.PixelData = (numpy.frombuffer(dataset.PixelData, "<u2").astype(int) + offset).astype("<i2").tobytes()
    return datasets


def with_lut(cases, case):
    """Stored values turned over, and a Modality LUT that turns them back (PS3.3 C.11.1)."""
    datasets = cases.stack(case, RescaleSlope=None, RescaleIntercept=None, RescaleType=None)
    for dataset in datasets:
        stored = 4095 - numpy.frombuffer(dataset.PixelData, "<u2").astype(int).clip(0, 4095)
        dataset.PixelData = stored.astype("<u2").tobytes()
        table = item(LUTDescriptor=[4096, 0, 16], ModalityLUTType="US")
        table.add_new(0x00283006, "OW", (4095 - numpy.arange(4096)).astype("<u2").tobytes())
        dataset.ModalityLUTSequence = Sequence([table])
    return datasets


def with_rim(cases, case, padding):
    """A rim of Pixel Padding Value, as distortion correction leaves it."""
    datasets = cases.stack(case, PixelRepresentation=1, BitsStored=16, HighBit=15)
    for dataset in datasets:
        pixels = numpy.full((dataset.Rows, dataset.Columns), padding, "<i2")
        inner = (slice(16, -16), slice(16, -16))
        pixels[inner] = numpy.frombuffer(dataset.PixelData, "<u2").reshape(dataset.Rows, dataset.Columns)[inner]
        dataset.PixelData = pixels.tobytes()
        dataset.add_new(0x00280120, "SS", padding)
    return datasets


def beyond_bits_stored(cases, case):
    """Samples larger than Bits Stored says, which masking would wrap."""
    def scaled(pixels):
        return numpy.clip(pixels.astype(float) * (7000 / numpy.percentile(pixels, 99.9)), 0, 65535)
    return cases.stack(case, pixels=scaled, BitsStored=12, HighBit=11, SmallestImagePixelValue=None, LargestImagePixelValue=None)


def write_nifti(cases, file, scale):
    """The stack as NIfTI whose sform makes the voxels `scale` times the size that pixdim says."""
    voxels = numpy.stack([dataset.pixel_array for dataset in cases.phantom]).astype("<i2")
    first, second = (numpy.array(dataset.ImagePositionPatient, float) for dataset in cases.phantom[:2])
    dy, dx = map(float, cases.phantom[0].PixelSpacing)
    row, column = numpy.array(cases.phantom[0].ImageOrientationPatient, float).reshape(2, 3)
    matrix = numpy.column_stack([row * dx * scale, column * dy * scale, (second - first) * scale, first])
    matrix[:2] *= -1
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, voxels.shape[2], voxels.shape[1], voxels.shape[0], 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1, dx, dy, float(numpy.linalg.norm(second - first)), 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[123] = 2  # millimetres
    struct.pack_into("<2h", header, 252, 0, 4)
    for axis in range(3):
        struct.pack_into("<4f", header, 280 + 16 * axis, *matrix[axis])
    header[344:348] = b"n+1\0"
    pathlib.Path(file).write_bytes(gzip.compress(bytes(header) + voxels.tobytes()))
