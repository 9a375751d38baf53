#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns sagittal slices that came as PNG files into the layout that `spineseg-lab evaluate` reads.

    tools/png_slices_to_mha.py SOURCE TARGET [--field-of-view-mm 280] [--minimum-mm2 400] [--upright]

SOURCE has images/NAME.png (8-bit grey) and masks/NAME.png (black background, any colour a vertebra). TARGET gets
images/ and masks/ with one-slice .mha files, named by the slice: `--ids` takes those names, and TARGET/ids.txt holds all of
them, joined by commas. Nothing but vertebrae is in such masks: evaluate with `--structures vertebra`.

PNG knows no millimetres: the image's height is taken to be the field of view. Slices lie feet up unless --upright is given.
Masks of less than --minimum-mm2 are left out.
"""
import argparse
import pathlib
import struct
import sys
import zlib

import numpy

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG colour types
PALETTE = 3
SLICE_MM = 4.0  # of the one slice; nothing depends on it but volumes


def unfiltered(raw, height, stride, step):
    """PNG's row filters undone (PNG 1.2, section 6)."""
    rows = numpy.zeros((height + 1, stride), dtype=numpy.uint8)
    for y in range(height):
        start = y * (stride + 1)
        kind = raw[start]
        line = bytearray(raw[start + 1 : start + 1 + stride])
        above = rows[y]
        for x in range(stride):
            left = line[x - step] if x >= step else 0
            up = int(above[x])
            corner = int(above[x - step]) if x >= step else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            elif kind == 4:
                p = left + up - corner
                guess = min((left, up, corner), key=lambda v: abs(p - v))
            else:
                guess = 0
            line[x] = (line[x] + guess) & 0xFF
        rows[y + 1] = numpy.frombuffer(bytes(line), dtype=numpy.uint8)
    return rows[1:]


def read_png(path):
    """[rows, columns, channels], uint8; palettes are looked up."""
    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise SystemExit(f"{path}: no PNG file")
    at, packed, palette = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
            if depth != 8 or interlaced:
                raise SystemExit(f"{path}: only 8 bits a channel, not interlaced")
        elif kind == b"PLTE":
            palette = numpy.frombuffer(chunk, dtype=numpy.uint8).reshape(-1, 3)
        elif kind == b"IDAT":
            packed += chunk
    channels = CHANNELS[colour]
    pixels = unfiltered(zlib.decompress(packed), height, width * channels, channels)
    pixels = pixels.reshape(height, width, channels)
    return palette[pixels[..., 0]] if colour == PALETTE else pixels


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--field-of-view-mm", type=float, default=280.0)
    parser.add_argument("--minimum-mm2", type=float, default=400.0)
    parser.add_argument("--upright", action="store_true", help="the slices' heads are up already")
    arguments = parser.parse_args()
    for folder in ("images", "masks"):
        (arguments.target / folder).mkdir(parents=True, exist_ok=True)
    names = []
    for file in sorted((arguments.source / "images").glob("*.png")):
        image = read_png(file)[..., 0]
        mask = read_png(arguments.source / "masks" / file.name)[..., :3].any(axis=2)
        if image.shape != mask.shape:
            raise SystemExit(f"{file.name}: image and mask differ in size")
        spacing = arguments.field_of_view_mm / image.shape[0]
        if mask.sum() * spacing**2 <= arguments.minimum_mm2:
            print(f"{file.stem}: left out, {mask.sum() * spacing**2:.0f} mm2 of mask", file=sys.stderr)
            continue
        if not arguments.upright:
            image, mask = image[::-1], mask[::-1]
        name = file.stem.replace("_", "-")  # what precedes an underscore is the case's id
        write_mha(arguments.target / "images" / f"{name}.mha", image, spacing)
        write_mha(arguments.target / "masks" / f"{name}.mha", mask.astype(numpy.uint8), spacing)  # 1: vertebra
        names.append(name)
    (arguments.target / "ids.txt").write_text(",".join(names) + "\n")
    print(f"{len(names)} slices in {arguments.target}", file=sys.stderr)


if __name__ == "__main__":
    main()
