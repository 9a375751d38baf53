# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices that came as PNG files: reading them, and writing them as MetaImages of one sagittal slice. For the programs beside this file.

Needs Debian's python3-numpy and python3-pil.
"""
import numpy
import PIL.Image

EIGHT_BIT_MODES = ("L", "LA", "P", "RGB", "RGBA")
SLICE_MM = 4.0  # of the one slice; nothing depends on it but volumes
FIRST_SACRAL = 6  # the label of S1


def read_png(path):
    """[rows, columns, 3], uint8."""
    with PIL.Image.open(path) as image:
        if image.format != "PNG" or image.mode not in EIGHT_BIT_MODES:
            raise SystemExit(f"{path}: only PNG files of 8 bits a channel")
        return numpy.asarray(image.convert("RGB"))


def write_mha(path, pixels, spacing):
    """One sagittal slice: columns run to the back, rows to the feet."""
    rows, columns = pixels.shape
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
        "TransformMatrix = 0 1 0 0 0 -1 1 0 0\nOffset = 0 0 0\n"
        f"ElementSpacing = {spacing:.6f} {spacing:.6f} {SLICE_MM}\nDimSize = {columns} {rows} 1\n"
        "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    )
    path.write_bytes(header.encode() + pixels.astype(numpy.uint8).tobytes())


def named_bodies(source, patients=None):
    """(patient, contrast "t1" or "t2", image, label), both [rows, columns] uint8, of SOURCE/T1, /T2 and /label/PATIENT.png.

    In the label 1 to 5 are the bodies of L1 to L5, 6 that of S1 and 0 is everything else. Without `patients` all are read.
    """
    names = patients if patients is not None else sorted(file.stem for file in (source / "label").glob("*.png"))
    for patient in names:
        file = source / "label" / f"{patient}.png"
        label = read_png(file)[..., 0]
        if label.max() > FIRST_SACRAL:
            raise SystemExit(f"{file}: holds {label.max()}; labels are 0 to {FIRST_SACRAL}")
        for contrast in ("T1", "T2"):
            slice_file = source / contrast / f"{patient}.png"
            if not slice_file.exists():
                continue
            image = read_png(slice_file)[..., 0]
            if image.shape != label.shape:
                raise SystemExit(f"{slice_file}: not as large as its label")
            yield patient, contrast.lower(), image, label
