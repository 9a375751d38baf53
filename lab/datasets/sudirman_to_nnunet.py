#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns midline slices of which only the bodies L1 to L5 and S1 are drawn into an nnU-Net data set with an ignore label.

    lab/datasets/sudirman_to_nnunet.py SOURCE TARGET --patients models/sudirman_split.json:train [--spacing-mm 0.7] [--erode 2]

SOURCE has T1/PATIENT.png, T2/PATIENT.png and label/PATIENT.png (1 to 5: L1 to L5, 6: S1, 0: not labelled), as made from
S. Sudirman et al., Lumbar Spine MRI Dataset (doi 10.17632/k57fr854j2.2). TARGET gets imagesTr/, labelsTr/ and dataset.json for
`spineseg-lab train --data`. Known are only the inner parts of what is drawn, --erode pixels from its border: a body is vertebra,
S1 is background. Everything else has the ignore label. PNG knows no millimetres: --spacing-mm is the pixel's side.
Needs Debian's python3-numpy and python3-pil.
"""
import argparse
import json
import pathlib

import numpy

from png_slices import FIRST_SACRAL, named_bodies, write_mha

BACKGROUND, CANAL, VERTEBRA, DISC, IGNORE = range(5)


def eroded(mask, pixels):
    """Without the pixels that lie up to that many steps, along rows and columns, from the border."""
    for _ in range(pixels):
        padded = numpy.pad(mask, 1)
        mask = mask & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask


def partial_mask(labels, erode):
    """What is certain of the drawn bodies; all else is IGNORE."""
    mask = numpy.full(labels.shape, IGNORE, numpy.uint8)
    for number in range(1, FIRST_SACRAL + 1):
        mask[eroded(labels == number, erode)] = BACKGROUND if number == FIRST_SACRAL else VERTEBRA
    return mask


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--patients", required=True, help="FILE.json:LIST, a list of patients in a JSON file")
    parser.add_argument("--spacing-mm", type=float, default=0.7)
    parser.add_argument("--erode", type=int, default=2, help="pixels")
    arguments = parser.parse_args()
    file, _, name = arguments.patients.rpartition(":")
    patients = json.loads(pathlib.Path(file).read_text())[name]
    images, masks = arguments.target / "imagesTr", arguments.target / "labelsTr"
    images.mkdir(parents=True, exist_ok=True)
    masks.mkdir(exist_ok=True)
    count = 0
    for patient, contrast, image, label in named_bodies(arguments.source, patients):
        case = f"sudirman_{patient}_{contrast}"
        write_mha(images / f"{case}_0000.mha", image, arguments.spacing_mm)
        write_mha(masks / f"{case}.mha", partial_mask(label, arguments.erode), arguments.spacing_mm)
        count += 1
    labels = {"background": BACKGROUND, "canal": CANAL, "vertebra": VERTEBRA, "disc": DISC, "ignore": IGNORE}
    description = {"channel_names": {"0": "MR"}, "labels": labels, "numTraining": count, "file_ending": ".mha"}
    (arguments.target / "dataset.json").write_text(json.dumps(description, indent=2) + "\n")
    print(f"{count} slices of {len(patients)} patients in {arguments.target}")


if __name__ == "__main__":
    main()
