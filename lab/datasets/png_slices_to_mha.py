#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns sagittal slices that came as PNG files into the layout that `spineseg-lab evaluate` reads.

    lab/datasets/png_slices_to_mha.py SOURCE TARGET [--field-of-view-mm 280] [--minimum-mm2 400] [--upright]
                               [--images images] [--masks masks] [--labels 1,2,3,4,5] [--every 1]

SOURCE has images/NAME.png (8-bit grey) and masks/NAME.png (black background, any colour a vertebra, or with --labels those grey
values only); --images and --masks name other folders, --every 15 takes each fifteenth file. TARGET gets
images/ and masks/ with one-slice .mha files, named by the slice: `--ids` takes those names, and TARGET/ids.txt holds all of
them, joined by commas. Nothing but vertebrae is in such masks: evaluate with `--structures vertebra`.

PNG knows no millimetres: the image's height is taken to be the field of view. Slices lie feet up unless --upright is given.
Masks of less than --minimum-mm2 are left out. Needs Debian's python3-numpy and python3-pil.
"""
import argparse
import pathlib
import sys

import numpy

from png_slices import read_png, write_mha


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--field-of-view-mm", type=float, default=280.0)
    parser.add_argument("--minimum-mm2", type=float, default=400.0)
    parser.add_argument("--upright", action="store_true", help="the slices' heads are up already")
    parser.add_argument("--images", default="images")
    parser.add_argument("--masks", default="masks")
    parser.add_argument("--labels", help="grey values of the mask that are vertebrae, separated by commas; default: all")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    labels = [int(label) for label in arguments.labels.split(",")] if arguments.labels else None
    for folder in ("images", "masks"):
        (arguments.target / folder).mkdir(parents=True, exist_ok=True)
    names = []
    for file in sorted((arguments.source / arguments.images).glob("*.png"))[:: arguments.every]:
        image = read_png(file)[..., 0]
        drawn = read_png(arguments.source / arguments.masks / file.name)
        mask = drawn.any(axis=2) if labels is None else numpy.isin(drawn[..., 0], labels)
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
