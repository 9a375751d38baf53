# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon the page and the routes that list answer, with many ended jobs in the database."""
import json
import time

from bench_orthanc import BenchOrthanc
from figures import Machine, latency, quantile, verdict
from load_workers import LoadWorkers

GOAL = 0.050


def paths(newest, middle):
    """What is asked; `newest` and `middle` are jobs, as the route shows them."""
    return [
        "/spineseg/app", "/spineseg/health", "/spineseg/jobs?expand&limit=200",  # the page asks these
        "/spineseg/jobs?limit=10", "/spineseg/jobs", "/spineseg/jobs?limit=10000", "/spineseg/jobs?expand",
        "/spineseg/jobs?expand&limit=500",
        *(f"/spineseg/jobs?state={state}" for state in ("queued", "running", "done", "deleted", "rejected", "failed", "canceled")),
        f"/spineseg/jobs?limit=100&before={middle['ID']}", f"/spineseg/jobs?expand&before={middle['ID']}",
        f"/spineseg/jobs?state=done&limit=100&before={middle['ID']}", f"/spineseg/jobs?series={middle['Series']}",
        f"/spineseg/jobs?series={middle['Series']}&state=done",
        f"/spineseg/jobs/{newest['ID']}", f"/spineseg/jobs/{middle['ID']}", f"/spineseg/series/{middle['Series']}",
        "/spineseg/journal",
    ]


def walked_to(server, place):
    """The job at that place from the newest, found by cursors as a program finds it."""
    before, left = "", place
    while True:
        ids = server.get(f"/spineseg/jobs?limit={min(left, 10_000)}" + (f"&before={before}" if before else ""))
        left -= len(ids)
        if left <= 0 or not ids:
            return server.get("/spineseg/jobs/" + ids[-1])
        before = ids[-1]


def ask(connection, path):
    begun = time.monotonic()
    status, body = connection.request("GET", path)
    took = time.monotonic() - begun
    if status != 200:
        raise RuntimeError(f"GET {path}: {status} {body[:300]!r}")
    return took, len(body)


def measure(queue, ended, rounds):
    begun = time.monotonic()
    with BenchOrthanc("plain", queue) as server:
        print("  Orthanc answers %.1f s after its start" % (time.monotonic() - begun))
        newest = server.get("/spineseg/jobs?expand&limit=1")[0]
        middle = walked_to(server, ended // 2 + 7)
        workers = LoadWorkers(server, 1, [0.2])
        machine = Machine()
        try:
            measure_paths(server, paths(newest, middle), rounds)
        finally:
            workers.kill()
        print("    %s" % machine.describe())
        print("    queue: %s" % json.dumps(server.get("/spineseg/health")["Queue"]))


def measure_paths(server, wanted, rounds):
    """In turn, so that a disturbance meets all of them."""
    connection = server.connection()
    took, size = {path: [] for path in wanted}, {}
    for _ in range(rounds):
        for path in wanted:
            seconds, size[path] = ask(connection, path)
            took[path].append(seconds)
    connection.close()
    for path in wanted:
        print("    %-66s %s, %.0f KiB: %s" % (path, latency(took[path]), size[path] / 1024, verdict(quantile(took[path], 0.99) <= GOAL)))
