#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes respaced_timesteps.json beside itself: which timesteps SpineSegDiff's sampler visits.

    python3 tests/worker/inference/sampling/make_respaced_timesteps.py

The rule is that of space_timesteps() with one section (openai/guided-diffusion, respace.py; SpineSegDiff uses it unchanged).
For each T: `digest`, the SHA-256 of one line for each step count 2..T with its timesteps, noisiest first; `not_direct`, the
counts whose timesteps are not round(i (T-1)/(n-1)).
"""
import hashlib
import json
import pathlib


def added_up(timesteps, count):
    stride = (timesteps - 1) / (count - 1)
    place, taken = 0.0, set()
    for _ in range(count):
        taken.add(round(place))
        place += stride
    return sorted(taken, reverse=True)


def direct(timesteps, count):
    return [round(i * (timesteps - 1) / (count - 1)) for i in reversed(range(count))]


def table(timesteps):
    lines, not_direct = [], []
    for count in range(2, timesteps + 1):
        taken = added_up(timesteps, count)
        assert len(taken) == count and taken[0] == timesteps - 1 and taken[-1] == 0
        lines.append(" ".join(map(str, taken)) + "\n")
        if taken != direct(timesteps, count):
            not_direct.append(count)
    return {"digest": hashlib.sha256("".join(lines).encode()).hexdigest(), "not_direct": not_direct}


# 503 timesteps are what is left of 1000 from a signal of 0.7 on, where the shipped models start.
tables = {str(timesteps): table(timesteps) for timesteps in (1000, 503, 100, 30, 20)}
rows = [f" {json.dumps(name)}: {json.dumps(one)}" for name, one in tables.items()]
pathlib.Path(__file__).with_name("respaced_timesteps.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
