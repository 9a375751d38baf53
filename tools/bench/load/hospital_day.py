# SPDX-License-Identifier: GPL-3.0-or-later
"""A busy hospital's day through a real Orthanc, time-compressed, with one scripted worker that takes measured service times.

Arrivals, service times, StableAge and the worker's pause are divided by the compression. What Orthanc, the plugin and the
disk need is not, so the queue is longer than in the hospital. The turnaround in the hospital is then computed: the needs as
measured, the waiting by replaying the arrivals against one worker, and against two that have cores of their own (replay()). It runs from the last instance of a series
to its job's end."""
import dataclasses
import random
import threading
import time

from bench_orthanc import BenchOrthanc
from campaign_series import Series, template
from figures import Machine, quantile, verdict
from load_workers import LoadWorkers
from service_times import seconds_between

STABLE_AGE, RETRY_SECONDS = 60, 1
SLICES = 15
MARGIN = 5


@dataclasses.dataclass
class Plan:
    """Times in seconds of the hospital."""
    hours: float
    studies_an_hour: int = 25
    series_a_study: int = 3
    apart: float = 240.0  # one series after the other leaves the scanner; 0: the whole study at once
    seed: int = 20261130

    def arrivals(self):
        """When the last instance of each series has arrived, ascending."""
        draw = random.Random(self.seed)
        moment, times = 0.0, []
        while True:
            moment += draw.expovariate(self.studies_an_hour / 3600)
            if moment > self.hours * 3600:
                return sorted(times)
            times += [moment + number * self.apart for number in range(self.series_a_study)]


def replay(ready, holds, workers=1, retry=RETRY_SECONDS):
    """When each job is done: workers take the jobs in order. One asks at once when it is free, and again every `retry` seconds while
    there is nothing. `ready` is when each job can be leased, ascending; `holds` how long each is worked on."""
    free, done = [0.0] * workers, []
    for moment, hold in zip(ready, holds, strict=True):
        asks = [one if one >= moment else one + retry * -((one - moment) // retry) for one in free]
        first = min(range(workers), key=asks.__getitem__)
        free[first] = asks[first] + hold
        done.append(free[first])
    return done


def measure(services, plan, compression, queue=None):
    arrivals = plan.arrivals()
    with BenchOrthanc("plain", queue, stable_age=max(1, round(STABLE_AGE / compression))) as server:
        machine = Machine()
        before = server.get("/spineseg/health")["Queue"]["Done"]
        workers = LoadWorkers(server, 1, [one / compression for one in services], retry_factor=compression)
        sent = {}
        sender = threading.Thread(target=send, args=(server, arrivals, compression, sent), daemon=True)
        try:
            sender.start()
            wait(server, before + len(arrivals), plan.hours * 3600 / compression + 120)
            noted = workers.stop()
        finally:
            workers.kill()
        created = created_of(server, len(arrivals))
        report(plan, compression, services, server.stable_age, Outcome(arrivals, sent, created, noted), machine)


def send(server, arrivals, compression, sent):
    files = template(SLICES)
    connection = server.connection()
    begun = time.monotonic()
    for number, moment in enumerate(arrivals):
        time.sleep(max(0.0, begun + moment / compression - time.monotonic()))
        series = Series(number + 1, files, True)
        for file in series.files:
            connection.request("POST", "/instances", file)
        sent[series.uid] = time.time()
    connection.close()


def wait(server, done, seconds):
    patience = time.monotonic() + seconds
    while server.get("/spineseg/health")["Queue"]["Done"] < done:
        if time.monotonic() > patience:
            raise RuntimeError("not all was done: %s" % server.get("/spineseg/health")["Queue"])
        time.sleep(1)


def created_of(server, count):
    """Series UID → when the job was queued, as text in UTC."""
    created, before = {}, ""
    while len(created) < count:
        page = server.get("/spineseg/jobs?expand&limit=%d%s" % (min(500, count - len(created)), f"&before={before}" if before else ""))
        if not page:
            break
        created.update({job["SeriesInstanceUID"]: job["Created"] for job in page})
        before = page[-1]["ID"]
    return created


@dataclasses.dataclass
class Outcome:
    arrivals: list
    sent: dict
    created: dict
    noted: dict

    def overheads(self, stable_age):
        """For each job in the order of arrival: (seconds from the last instance to the job beyond StableAge, seconds that the
        worker held the lease beyond its service time)."""
        by_series = {job["series"]: job for job in self.noted["jobs"]}
        rows = []
        for series, moment in self.sent.items():
            job = by_series[series]
            # Since 1970, as the text says; a time zone does not matter to a difference of two texts.
            queued = seconds_between("1970-01-01T00:00:00.000", self.created[series])
            rows.append((queued - moment - stable_age, job["done"] - job["leased"] - job["service"]))
        return rows

    def real(self):
        by_series = {job["series"]: job for job in self.noted["jobs"]}
        return [by_series[series]["done"] - moment for series, moment in self.sent.items()]


def report(plan, compression, services, stable_age, outcome, machine):
    overheads = outcome.overheads(stable_age)
    own = [services[number % len(services)] for number in range(len(overheads))]
    typical = quantile(own, 0.5)
    print("  %g h, %d studies an hour x %d series, %s: %d series, %d refused, %.0f times faster"
          % (plan.hours, plan.studies_an_hour, plan.series_a_study,
             "%.0f s apart" % plan.apart if plan.apart else "all at once", len(own), len(outcome.noted["refused"]), compression))
    print("    the model's own time %.1f s; last instance to queued, beyond StableAge: p50 %.2f s, p95 %.2f s; lease to done, beyond "
          "the model's time: p50 %.2f s, p95 %.2f s" % (typical, *(quantile([row[which] for row in overheads], share)
                                                                  for which in (0, 1) for share in (0.5, 0.95))))
    for workers in (1, 2):
        turnaround = turnarounds(outcome.arrivals, overheads, own, workers)
        beyond = [one - STABLE_AGE - mine for one, mine in zip(turnaround, own)]
        print("    in the hospital, %d worker(s): turnaround p50 %.1f s, p95 %.1f s, max %.1f s; beyond StableAge and the model's time "
              "p95 %.1f s, goal %d s: %s" % (workers, *(quantile(turnaround, share) for share in (0.5, 0.95, 1)),
                                             quantile(beyond, 0.95), MARGIN, verdict(quantile(beyond, 0.95) <= MARGIN)))
    real = outcome.real()
    print("    as it ran: p50 %.2f s, p95 %.2f s with StableAge %d s and %.2f s of the model" % (
        quantile(real, 0.5), quantile(real, 0.95), stable_age, typical / compression))
    print("    %s" % machine.describe())


def turnarounds(arrivals, overheads, own, workers):
    """Of each series, in the order of arrival, in seconds of the hospital; see Outcome.overheads()."""
    ready = [moment + STABLE_AGE + late for moment, (late, _) in zip(arrivals, overheads)]
    order = sorted(range(len(ready)), key=ready.__getitem__)
    done = replay([ready[i] for i in order], [own[i] + overheads[i][1] for i in order], workers)
    return [end - arrivals[i] for i, end in sorted(zip(order, done))]
