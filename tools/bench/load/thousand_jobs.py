# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand jobs through a real Orthanc with four workers: how long the plugin takes to answer, how long its change
callback holds Orthanc up, and whether Orthanc's memory grows."""
import pathlib
import re
import threading
import time

from bench_orthanc import BenchOrthanc
from campaign_series import Series, template
from figures import Machine, calls_of_probe, cpu_seconds, latency, quantile, resident_mib, slope, verdict
from load_workers import LoadWorkers

# Of resources. Not those of Orthanc's start, and of its end, which joins the plugin's threads.
CHANGES = {1: "Deleted", 2: "NewChildInstance", 3: "NewInstance", 4: "NewPatient", 5: "NewSeries", 6: "NewStudy",
           7: "StablePatient", 8: "StableSeries", 9: "StableStudy"}
LEASE_GOAL, CALLBACK_GOAL = 0.050, 0.005
WARM_SHARE = 0.2
FLAT_KIB_A_JOB = 8


def send(server, jobs, series_a_second):
    files = template()
    connection = server.connection()
    begun = time.monotonic()
    for number in range(jobs):
        for file in Series(number + 1, files, True).files:
            connection.request("POST", "/instances", file)
        time.sleep(max(0.0, begun + (number + 1) / series_a_second - time.monotonic()))
    connection.close()


def wait_until_done(server, before, jobs, points):
    """Notes (jobs done, MiB) on the way."""
    patience = time.monotonic() + 60 + jobs
    while time.monotonic() < patience:
        done = server.get("/spineseg/health")["Queue"]["Done"] - before
        points.append((done, resident_mib(server.process.pid)))
        if done >= jobs:
            return
        time.sleep(1)
    raise RuntimeError("not all jobs were done: %s of %d" % (points[-1], jobs))


def measure(queue, jobs, service=0.6, workers=4, series_a_second=6):
    with BenchOrthanc("probed", queue) as server:
        machine, begun = Machine(), time.monotonic()
        before = server.get("/spineseg/health")["Queue"]["Done"]
        load_workers = LoadWorkers(server, workers, [service])
        sender = threading.Thread(target=send, args=(server, jobs, series_a_second), daemon=True)
        points = []
        try:
            sender.start()
            wait_until_done(server, before, jobs, points)
            seconds, cpu = time.monotonic() - begun, cpu_seconds(server.process.pid)
            noted = load_workers.stop()
        finally:
            load_workers.kill()
        busy = len(re.findall(r"busy|database is locked", server.log()))
        server.stop()
        calls = calls_of_probe(pathlib.Path(server.path("probe.txt")).read_text(encoding="ascii"))
        print("  %d jobs of 7 slices, %d workers, %.1f jobs a second; Orthanc's processor time %.0f ms a job"
              % (jobs, workers, jobs / seconds, 1e3 * cpu / jobs))
        report_answers(noted, busy)
        report_callback(calls)
        report_memory(points, jobs)
        print("    %s" % machine.describe())


def report_answers(noted, busy):
    for message, seconds in sorted(noted["answers"].items()):
        goal = ", goal p99 50 ms: " + verdict(quantile(seconds, 0.99) <= LEASE_GOAL) if message == "lease_granted" else ""
        print("    answer to %-16s %s%s" % (message.replace("_granted", "_request"), latency(seconds), goal))
    print("    busy errors: %d refused as %s, %d lines of the log" % (
        noted["refused"].count("database_unavailable"), sorted(set(noted["refused"])) or "nothing", busy))


def report_callback(calls):
    every = [seconds for change in CHANGES for seconds in calls.get(change, [])]
    print("    change callback: %s, goal p99 5 ms: %s" % (latency(every), verdict(quantile(every, 0.99) <= CALLBACK_GOAL)))
    for change, name in CHANGES.items():
        if change in calls:
            print("      %-16s %s" % (name, latency(calls[change])))


def report_memory(points, jobs):
    warm = [(done, mib) for done, mib in points if done >= WARM_SHARE * jobs]
    grown = warm[-1][1] - warm[0][1]
    kib = 1024 * slope(warm) if len({done for done, _ in warm}) > 1 else 0.0
    print("    memory of Orthanc: %.0f MiB after %d jobs, %.0f MiB after %d (%+.1f MiB, %+.1f KiB a job), flat (< %d KiB a job): %s"
          % (warm[0][1], warm[0][0], warm[-1][1], warm[-1][0], grown, kib, FLAT_KIB_A_JOB, verdict(kib < FLAT_KIB_A_JOB)))
