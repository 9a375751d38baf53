# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults against a real Orthanc that need its own timing: deletions during a store, and a locked database under load."""
import os
import sqlite3
import subprocess
import sys
import threading
import time
import unittest
import uuid

from pydicom.uid import generate_uid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer, send_series  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

# A process of its own, so that its threads do not delay what is measured.
CLIENTS = """
import http.client, sys, threading, time
port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
end = time.monotonic() + seconds
def ask(path):
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()
        except OSError:
            time.sleep(0.05)
paths = ["/spineseg/health", "/spineseg/jobs?expand&limit=500", "/spineseg/jobs?limit=10000"]
threads = [threading.Thread(target=ask, args=(paths[0] if i % 10 else paths[1 + i // 10 % 2],)) for i in range(count)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


class DeletedStudies(unittest.TestCase):
    def test_a_study_that_is_deleted_while_results_are_stored_stays_deleted(self):
        """It came back with the result alone: 27 of 30."""
        server = OrthancServer({"LeaseSeconds": 10, "RetryBackoffSeconds": [0]})
        self.addCleanup(server.destroy)
        server.start()
        worker = worker_of(server)
        self.addCleanup(worker.close)
        study_of = dict(send_series(server) for _ in range(12))
        for attempt in range(12):
            granted = lease(worker)
            study = study_of[server.get("/spineseg/jobs/" + granted["job"])["Series"]]
            _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
            parts = generate_uid(prefix=None)  # of one segmentation: an output stands in one series
            results = [result_of(source, granted, SeriesInstanceUID=parts) for _ in range(3)]
            deletion = threading.Timer(0.004 * attempt, server.request, ("DELETE", "/studies/" + study))
            deletion.start()
            answers = [store(worker, granted, result)[0]["type"] for result in results]
            deletion.join()
            for _ in range(30):
                left = server.get("/studies/" + study)
                if not isinstance(left, dict) or "ID" not in left:
                    break
                time.sleep(0.1)
            self.assertEqual(server.request("GET", "/studies/" + study)[0], 404, (attempt, answers))
            worker.ask("release", job=granted["job"], epoch=granted["epoch"])
        self.assertEqual(server.get("/instances"), [])


MARK = 21328  # the metadata of plugin/orthanc/orthanc_archive_lists.cpp
MODELS = {"model-a": "aa" * 32, "model-b": "bb" * 32}


class LostDatabase(unittest.TestCase):
    def test_results_that_the_database_does_not_know_are_replaced_by_those_of_another_model(self):
        """Two whole sets of results stood."""
        server = OrthancServer({"Models": list(MODELS.values()), "Superseded": "Delete"})
        self.addCleanup(server.destroy)
        server.start()
        series, study = send_series(server)
        images = instances_of(server, study)
        source_uid = server.get("/series/" + series)["MainDicomTags"]["SeriesInstanceUID"]
        self.segment(server, "model-a")
        [older] = instances_of(server, study) - images
        self.assertEqual(server.request("GET", "/instances/%s/metadata/%d" % (older, MARK))[2], source_uid.encode())
        copy = server.post("/studies/%s/anonymize" % study, {})[2]["ID"]
        marks = [server.request("GET", "/instances/%s/metadata/%d" % (one, MARK))[0] for one in instances_of(server, copy)]
        self.assertEqual(marks, [404] * 8)  # Orthanc does not copy it
        server.request("DELETE", "/studies/" + copy)
        server.stop()
        with sqlite3.connect(server.path("db/spineseg.db")) as database:
            database.executescript("DELETE FROM result; DELETE FROM job;")
        database.close()
        server.start()
        server.wait_for_state(series, ["eligible"])
        self.assertEqual(self.segment(server, "model-b", series), "ack")
        [newer] = instances_of(server, study) - images
        self.assertNotEqual(newer, older)

    def segment(self, server, model, series=None):
        """A worker of that model does what waits, or what is asked for. What its last message was answered."""
        worker = worker_of(server, digest=MODELS[model], model=model)
        self.addCleanup(worker.close)
        if series is not None:
            self.assertEqual(server.post("/series/%s/segment" % series)[0], 200)
        granted = lease(worker)
        ids = {"job": granted["job"], "epoch": granted["epoch"]}
        _, source = worker.ask("fetch_instance", index=0, **ids)
        self.assertEqual(store(worker, granted, result_of(source, granted, model=(model, MODELS[model])))[0]["type"], "stored")
        answer, _ = worker.ask("complete", outcome={"state": "done", "results": [], "summary_json": "{}"}, **ids)
        worker.close()
        return answer["type"]


def instances_of(server, study):
    return {instance["ID"] for instance in server.get("/studies/%s/instances" % study)}


class LockedDatabase(unittest.TestCase):
    def test_orthanc_answers_within_a_second_whatever_our_routes_do(self):
        """Sixty clients of the health route blocked /system for 30 s, and a list of 20,000 jobs had 66 MB."""
        server = OrthancServer()
        self.addCleanup(server.destroy)
        server.start()
        send_series(server)
        server.stop()
        fill(server.path("db/spineseg.db"), 20_000)
        server.start()
        self.assertEqual(server.get("/spineseg/health")["Queue"]["Canceled"], 20_000)
        lock = sqlite3.connect(server.path("db/spineseg.db"), isolation_level=None)
        self.addCleanup(lock.close)
        lock.execute("BEGIN IMMEDIATE")
        port = server.url.rsplit(":", 1)[1]
        clients = subprocess.Popen([sys.executable, "-c", CLIENTS, port, "100", "8"])
        slowest, asked, end = 0.0, 0, time.monotonic() + 7
        time.sleep(1)
        while time.monotonic() < end:
            begun = time.monotonic()
            self.assertEqual(server.request("GET", "/system")[0], 200)
            slowest, asked = max(slowest, time.monotonic() - begun), asked + 1
        clients.wait(60)
        status, headers, answer = server.request("GET", "/spineseg/health")
        self.assertEqual((status, answer["Status"], headers["Retry-After"]), (503, "database_unavailable", "2"))
        begun = time.monotonic()
        self.assertEqual(server.post("/spineseg/jobs/%s/cancel" % uuid.uuid4())[0], 404)  # reads, and waits for nobody
        self.assertLess(time.monotonic() - begun, 0.5)
        lock.execute("ROLLBACK")
        self.assertGreater(asked, 5)
        self.assertLess(slowest, 1.0)


def fill(file, count):
    """Jobs that were canceled, each with a summary as long as a real one's."""
    database = sqlite3.connect(file)
    now = int(time.time() * 1000)
    row = dict(orthanc_study_id="s", series_uid="1.2", model_id="m", model_digest="d", seed=0, state="canceled", priority=0, attempts=0,
               max_attempts=3, epoch=0, worker="", stage="waiting", fraction=0.0, summary_json='{"x": "%s"}' % ("y" * 3000), created=now,
               queued=now, finished=now, interruptions=0)
    rows = [{**row, "id": str(uuid.uuid4()), "fingerprint": str(i), "orthanc_series_id": "s%d" % i, "number": i + 1} for i in range(count)]
    database.execute("DELETE FROM job")
    columns = list(rows[0])
    database.executemany("INSERT INTO job (%s) VALUES (%s)" % (", ".join(columns), ", ".join(":" + name for name in columns)), rows)
    database.commit()
    database.close()


if __name__ == "__main__":
    unittest.main()
