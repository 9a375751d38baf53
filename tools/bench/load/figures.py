# SPDX-License-Identifier: GPL-3.0-or-later
"""Quantiles, ratios of pairs, and what the machine did meanwhile. Pure but for Machine and what reads /proc."""
import math
import os
import statistics
import tempfile
import time


def quantile(values, share):
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def spread(values):
    """(median, first quartile, third quartile)."""
    return statistics.median(values), quantile(values, 0.25), quantile(values, 0.75)


def cost_of_pairs(with_it, without_it):
    """Spread of with / without - 1 over the pairs."""
    return spread([a / b - 1 for a, b in zip(with_it, without_it, strict=True)])


def latency(seconds):
    return "p50 %.3g ms, p99 %.3g ms, max %.3g ms, n %d" % (
        1e3 * quantile(seconds, 0.5), 1e3 * quantile(seconds, 0.99), 1e3 * max(seconds), len(seconds))


def verdict(met):
    return "met" if met else "MISSED"


def slope(points):
    """Least squares: change of y for each unit of x."""
    mean_x = statistics.fmean(x for x, _ in points)
    mean_y = statistics.fmean(y for _, y in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def calls_of_probe(text):
    """Orthanc's number of the change → seconds of each call; see callback_probe.cpp."""
    calls = {}
    for line in text.splitlines():
        change, nanoseconds = line.split()
        calls.setdefault(int(change), []).append(int(nanoseconds) / 1e9)
    return calls


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024


def sync_seconds(folder, count=200):
    """How long this folder's disk takes to keep 4 KiB for good, `count` times: what every transaction waits for."""
    seconds = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for number in range(count):
            os.pwrite(file.fileno(), bytes(4096), 4096 * number)
            begun = time.monotonic()
            os.fdatasync(file.fileno())
            seconds.append(time.monotonic() - begun)
    return seconds


class Machine:
    """How busy all cores were since it was made: what others run beside a measurement is in it."""

    def __init__(self):
        self.begun, self.before = time.monotonic(), self._busy_and_all()

    @staticmethod
    def _busy_and_all():
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        return sum(ticks) - ticks[3] - ticks[4], sum(ticks)

    def describe(self):
        busy, everything = (now - then for now, then in zip(self._busy_and_all(), self.before))
        with open("/proc/loadavg", encoding="ascii") as file:
            load = file.read().split()[0]
        return "%.0f s, cores busy %.0f %%, load %s" % (time.monotonic() - self.begun, 100 * busy / max(everything, 1), load)
