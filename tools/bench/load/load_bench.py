#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load that a hospital puts on Orthanc, plugin and queue: tools/bench.sh --only load.

usage: load_bench.py [--part ingest|store|jobs|routes|day]... [--ended N] [--jobs N] [--pairs N] [--hours H] [--compression N]
                     [--model BUNDLE] [--services SECONDS,…]

Nothing here passes or fails; "met" and "MISSED" compare with the goals of docs/sizing.md. SPINESEG_BUILD_DIR names the build."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
os.environ.setdefault("SPINESEG_SOURCE_DIR", str(ROOT))
os.environ.setdefault("SPINESEG_BUILD_DIR", str(ROOT / "build" / "release"))
for tests in ("plugin/orthanc", "faults", "support"):
    sys.path.append(str(ROOT / "tests" / tests))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import hospital_day  # noqa: E402
import ingest  # noqa: E402
import routes  # noqa: E402
import service_times  # noqa: E402
import thousand_jobs  # noqa: E402
from bench_orthanc import QUEUE_BENCH, fill_queue  # noqa: E402
from figures import latency, sync_seconds  # noqa: E402

PARTS = ("store", "routes", "jobs", "ingest", "day")
STORE_JOBS = 1000


def measure_store(queue, folder):
    """The same operations in an empty database and beside the ended jobs, twice in turn."""
    for number in range(2):
        empty, full = pathlib.Path(folder, f"empty-{number}.db"), pathlib.Path(folder, f"full-{number}.db")
        shutil.copyfile(queue, full)
        for file in (empty, full):
            subprocess.run([QUEUE_BENCH, file, str(STORE_JOBS)], check=True)
        full.unlink()


def measure_day(options):
    services = options.services or service_times.measure(5, options.model)
    print("  service times of the worker, lease to done: %s s" % ", ".join("%.2f" % one for one in services), flush=True)
    for apart in (240.0, 0.0):
        hospital_day.measure(services, hospital_day.Plan(options.hours, apart=apart), options.compression)


def measure(options, queue, folder):
    for part in options.part or PARTS:
        print("load, %s; a sync of this disk takes %s" % (part, latency(sync_seconds(folder))), flush=True)
        if part == "store":
            measure_store(queue, folder)
        elif part == "routes":
            routes.measure(queue, options.ended, options.rounds)
        elif part == "jobs":
            thousand_jobs.measure(queue, options.jobs)
        elif part == "ingest":
            ingest.measure(queue, options.pairs)
        else:
            measure_day(options)
        sys.stdout.flush()


def main():
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    reader.add_argument("--ended", type=int, default=100_000, help="jobs that have ended in the database")
    reader.add_argument("--jobs", type=int, default=1000)
    reader.add_argument("--pairs", type=int, default=24, help="blocks of instances for each Orthanc")
    reader.add_argument("--rounds", type=int, default=200, help="requests of each route")
    reader.add_argument("--hours", type=float, default=2, help="of the hospital's day")
    reader.add_argument("--compression", type=float, default=60)
    reader.add_argument("--model", type=pathlib.Path, default=None)
    reader.add_argument("--services", type=lambda text: [float(one) for one in text.split(",")], default=None,
                        help="seconds, instead of measuring them with the real worker")
    options = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="spineseg-load-") as folder:
        queue = None
        if set(options.part or PARTS) != {"day"}:
            queue = fill_queue(folder, options.ended)
            size = queue.stat().st_size
            print("  a database with %d ended jobs: %.2f GB, %.1f kB a job" % (options.ended, size / 1e9, size / 1e3 / options.ended),
                  flush=True)
        measure(options, queue, folder)


if __name__ == "__main__":
    main()
