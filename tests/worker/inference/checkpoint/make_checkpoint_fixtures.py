#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes fixtures/ beside itself: files of torch.save, sound and unsound, for torch_checkpoint_test.cpp.

    python3 -m venv v && v/bin/pip install torch==2.7.1 numpy==2.4.6
    v/bin/python tests/worker/inference/checkpoint/make_checkpoint_fixtures.py
"""
import collections
import os
import pathlib

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent / "fixtures"


class Foreign:
    """Pickles as a call of os.system, as an attacker's file would."""

    def __reduce__(self):
        return os.system, ("echo this must never run",)


def module():
    """Weights that a test can compute: the i-th number of a tensor is i / 8."""
    made = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.InstanceNorm2d(2, affine=True))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.arange(parameter.numel()).reshape(parameter.shape) / 8)
    return made


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.save(module().state_dict(), FOLDER / "state_dict.pt")
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    torch.save({
        "weights": collections.OrderedDict(
            base=base, transposed=base.t(), slice=base[1:, 2], parameter=torch.nn.Parameter(torch.ones(2)),
            half=torch.tensor([0.5, -2.0], dtype=torch.float16), bfloat16=torch.tensor([1.5], dtype=torch.bfloat16),
            double=torch.tensor([0.1], dtype=torch.float64), long=torch.tensor([-3]), byte=torch.tensor([200], dtype=torch.uint8),
            boolean=torch.tensor([True, False]), scalar=torch.tensor(7.0), empty=torch.empty(0, 3)),
        "numbers": {"float64": np.float64(2.5), "float32": np.float32(-1.5), "int64": np.int64(-4), "bool": np.bool_(True),
                    "uint8": np.uint8(250), "big": 2 ** 40, "negative": -70000, "real": 0.1, "none": None, "yes": True},
        "device": torch.device("cuda:1"), "size": torch.Size([2, 3]), "list": [1, [2.0, "three"]], "axes": (0, 1),
    }, FOLDER / "values.pt")
    torch.save({"weights": torch.ones(1).expand(1000)}, FOLDER / "expanded.pt")
    torch.save(Foreign(), FOLDER / "foreign.pt")
    torch.save(module(), FOLDER / "whole_module.pt")
    torch.save(module().state_dict(), FOLDER / "protocol4.pt", pickle_protocol=4)
    torch.save(module().state_dict(), FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(torch.nn.ReLU()).save(str(FOLDER / "torchscript.pt"))


if __name__ == "__main__":
    main()
