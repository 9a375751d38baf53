#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes fixtures.json beside itself: figures of other people's packages for inputs that the tests rebuild.

    python3 -m venv v && v/bin/pip install medpy==0.5.2 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
    v/bin/python tests/lab/evaluation/make_fixtures.py

The inputs are formulas (below and in fixture_inputs.h), so that no array has to be committed.
"""
import json
import math
import pathlib
import sys

import importlib.metadata
import numpy
import scipy
import scipy.stats
import sklearn
from medpy.metric import binary
from scipy import ndimage
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score


def splitmix(count, seed):
    """Uniform numbers in [0, 1): SplitMix64's upper 24 bits, as in fixture_inputs.h."""
    mask = (1 << 64) - 1
    state, numbers = seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        numbers.append(((z ^ (z >> 31)) >> 40) / float(1 << 24))
    return numpy.array(numbers)


def ellipsoid(shape, centre, radii):
    k, r, c = numpy.meshgrid(*[numpy.arange(n) for n in shape], indexing="ij")
    inside = sum(((axis - m) / radius) ** 2 for axis, m, radius in zip((k, r, c), centre, radii))
    return inside <= 1.0


def signed_distance(prediction, truth, spacing):
    """Mean over the surface voxels of both, positive where the prediction reaches beyond the truth."""
    faces = ndimage.generate_binary_structure(3, 1)
    ours, theirs = (mask & ~ndimage.binary_erosion(mask, faces) for mask in (prediction, truth))
    to_theirs = ndimage.distance_transform_edt(~theirs, sampling=spacing)[ours]
    to_ours = ndimage.distance_transform_edt(~ours, sampling=spacing)[theirs]
    to_theirs[truth[ours]] *= -1
    to_ours[~prediction[theirs]] *= -1
    return float(numpy.concatenate([to_theirs, to_ours]).mean())


def surfaces():
    """Two overlapping bodies on an anisotropic grid; the second has a far splinter and touches the edge."""
    shape, spacing = (9, 40, 32), (3.3, 0.9375, 0.6)
    a = ellipsoid(shape, (4, 18, 14), (3.2, 11, 8))
    b = ellipsoid(shape, (4.5, 20, 15), (4.6, 12, 7)) | ellipsoid(shape, (1, 4, 28), (1.1, 2.1, 2.1))
    distance = ndimage.distance_transform_edt(~a, sampling=spacing)
    return {
        "hd95_mm": binary.hd95(a, b, voxelspacing=spacing),
        "assd_mm": binary.assd(a, b, voxelspacing=spacing),
        "signed_mm": signed_distance(a, b, spacing),
        "dice": binary.dc(a, b),
        "distance_sum_mm": float(distance.sum()),
        "distance_max_mm": float(distance.max()),
        "distance_corner_mm": float(distance[0, 0, 0]),
    }


def probabilities():
    p = splitmix(5000, 1)
    y = splitmix(5000, 2) < p ** 1.5
    frequency, mean = calibration_curve(y, p, n_bins=15, strategy="uniform")
    counts = numpy.histogram(p, bins=15, range=(0.0, 1.0))[0]
    return {
        "ece": float((counts * numpy.abs(frequency - mean)).sum() / counts.sum()),
        "brier": brier_score_loss(y, p),
        "nll": log_loss(y, p),
    }


def ranking():
    score = splitmix(4000, 3) ** 4
    wrong = splitmix(4000, 4) < 0.05 + 0.6 * score
    coarse = numpy.floor(score * 8) / 8  # many ties
    return {"auroc": roc_auc_score(wrong, score), "auroc_with_ties": roc_auc_score(wrong, coarse)}


def risk():
    loss = splitmix(50, 5)
    confidence = 1.0 - 0.5 * loss - 0.5 * splitmix(50, 6)
    order = numpy.argsort(-confidence)
    cumulative = numpy.cumsum(loss[order]) / numpy.arange(1, 51)
    best = numpy.cumsum(numpy.sort(loss)) / numpy.arange(1, 51)
    coarse = numpy.floor(confidence * 6)
    return {
        "aurc": float(cumulative.mean()),
        "least_aurc": float(best.mean()),
        "spearman": float(scipy.stats.spearmanr(confidence, loss).statistic),
        "spearman_with_ties": float(scipy.stats.spearmanr(coarse, loss).statistic),
    }


def main():
    fixtures = {
        "made_with": {
            "medpy": importlib.metadata.version("medpy"),
            "numpy": numpy.__version__,
            "scikit-learn": sklearn.__version__,
            "scipy": scipy.__version__,
        },
        "surfaces": surfaces(),
        "probabilities": probabilities(),
        "ranking": ranking(),
        "risk": risk(),
    }
    for group in fixtures.values():
        assert all(not isinstance(v, float) or math.isfinite(v) for v in group.values())
    target = pathlib.Path(__file__).with_name("fixtures.json")
    target.write_text(json.dumps(fixtures, indent=2) + "\n")
    print(target, file=sys.stderr)


if __name__ == "__main__":
    main()
