#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns midline slices whose vertebral bodies a reader has named into the layout that `spineseg-lab train anchor` reads.

    lab/datasets/midline_bodies_to_mha.py SOURCE TARGET [--spacing-mm 0.7] [--prefix sudirman-]

SOURCE has T1/PATIENT.png, T2/PATIENT.png (8-bit grey, heads up, anterior left) and label/PATIENT.png: 1 to 5 are the bodies
of L1 to L5, 6 that of S1, 0 is everything else. TARGET gets images/ and masks/ with one-slice .mha files, PREFIXPATIENT_t1
and PREFIXPATIENT_t2. The masks have SPIDER's numbers, 1 for L5 up to 5 for L1, and 50 for S1, which SPIDER does not have:
other commands of spineseg-lab refuse them, because nothing else is labelled in them.

PNG knows no millimetres: --spacing-mm is taken for every slice. Needs Debian's python3-numpy and python3-pil.
"""
import argparse
import pathlib
import sys

import numpy

from png_slices import named_bodies, write_mha

NUMBERS = numpy.array([0, 5, 4, 3, 2, 1, 50], dtype=numpy.uint8)  # L1 .. L5, S1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--spacing-mm", type=float, default=0.7)
    parser.add_argument("--prefix", default="sudirman-")
    arguments = parser.parse_args()
    for folder in ("images", "masks"):
        (arguments.target / folder).mkdir(parents=True, exist_ok=True)
    count = 0
    for patient, contrast, image, label in named_bodies(arguments.source):
        name = f"{arguments.prefix}{patient}_{contrast}.mha"
        write_mha(arguments.target / "images" / name, image, arguments.spacing_mm)
        write_mha(arguments.target / "masks" / name, NUMBERS[label], arguments.spacing_mm)
        count += 1
    print(f"{count} slices in {arguments.target}", file=sys.stderr)


if __name__ == "__main__":
    main()
