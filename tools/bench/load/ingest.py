# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugin costs a sender: two Orthancs, one without it, get the same blocks of series in turn.

The Orthanc that is not measured is stopped (SIGSTOP), so that it does not disturb. Once StableAge is an hour: no series is
judged, and the cost is that of the change callback. Once it is a second: the series of a block become stable while the next
one is sent, and the cost includes that they are judged and queued, which happens a minute later in a hospital."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from bench_orthanc import NO_DELAY, BenchOrthanc
from campaign_series import Series, template
from figures import Machine, cost_of_pairs, cpu_seconds, spread, verdict

SERIES_OF_A_BLOCK, SLICES, SIZE = 3, 20, 256
GOAL = 0.02


def senders():
    return {"C-STORE": send_by_storescu, "REST": send_by_post}


def send_by_post(server, files):
    connection = server.connection()
    begun = time.monotonic()
    for file in files:
        status, _ = connection.request("POST", "/instances", file)
        if status != 200:
            raise RuntimeError(f"not stored: {status}")
    seconds = time.monotonic() - begun
    connection.close()
    return seconds


def send_by_storescu(server, files):
    with tempfile.TemporaryDirectory(prefix="spineseg-bench-") as folder:
        for number, file in enumerate(files):
            pathlib.Path(folder, f"{number:03}.dcm").write_bytes(file)
        begun = time.monotonic()
        subprocess.run(["storescu", "-aec", "ORTHANC", "127.0.0.1", str(server.dicom_port), "+sd", folder], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, env={**os.environ, **NO_DELAY})
        return time.monotonic() - begun


class Blocks:
    """Files of new series, the same for both servers."""

    def __init__(self, first=1):
        pixels = bytes(2 * SIZE * SIZE)
        self.template = template(SLICES, Rows=SIZE, Columns=SIZE, PixelData=pixels)
        self.next = first

    def take(self):
        files = []
        for _ in range(SERIES_OF_A_BLOCK):
            files += Series(self.next, self.template, True).files
            self.next += 1
        return files


class Contestant:
    def __init__(self, server):
        self.server, self.wall, self.cpu = server, [], []

    def signal(self, number):
        os.kill(self.server.process.pid, number)

    def take_block(self, send, files):
        self.signal(signal.SIGCONT)
        cpu = cpu_seconds(self.server.process.pid)
        self.wall.append(send(self.server, files))
        self.cpu.append(cpu_seconds(self.server.process.pid) - cpu)
        self.signal(signal.SIGSTOP)


def measure(queue, pairs):
    for what, stable_age in (("arrival alone", 3600), ("arrival and judging", 1)):
        print("  %s" % what)
        with BenchOrthanc("plain", queue, stable_age) as loaded, BenchOrthanc("none", stable_age=stable_age) as bare:
            blocks = Blocks()
            for name, send in senders().items():
                compare(name, send, pairs, blocks, Contestant(loaded), Contestant(bare))
            print("    queue: %s" % loaded.get("/spineseg/health")["Queue"])


def compare(name, send, pairs, blocks, loaded, bare):
    machine = Machine()
    for number in range(pairs + 1):
        files = blocks.take()
        for contestant in (loaded, bare)[:: 1 if number % 2 == 0 else -1]:
            contestant.take_block(send, files)
    report(name, loaded, bare, machine)
    for contestant in (loaded, bare):
        contestant.signal(signal.SIGCONT)


def report(name, loaded, bare, machine):
    instances = SERIES_OF_A_BLOCK * SLICES
    wall = cost_of_pairs(loaded.wall[1:], bare.wall[1:])  # the first pair warms up
    milliseconds = [1e3 * value / instances for one in (loaded, bare) for value in spread(one.wall[1:])]
    cpu = [1e3 * sum(one.cpu[1:]) / instances / (len(one.cpu) - 1) for one in (loaded, bare)]
    print("  %-8s cost of the plugin %+.1f %% of the sender's time (quartiles %+.1f to %+.1f %%, %d pairs of %d instances), "
          "goal 2 %%: %s" % (name, 100 * wall[0], 100 * wall[1], 100 * wall[2], len(loaded.wall) - 1, instances,
                             verdict(wall[0] <= GOAL)))
    print("    ms an instance: with %.2f (%.2f to %.2f), without %.2f (%.2f to %.2f); Orthanc's processor time with %.2f, "
          "without %.2f (%+.1f %%)" % (*milliseconds, *cpu, 100 * (cpu[0] / cpu[1] - 1)))
    print("    %s" % machine.describe())
