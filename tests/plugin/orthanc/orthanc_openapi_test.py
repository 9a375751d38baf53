# SPDX-License-Identifier: GPL-3.0-or-later
"""schemathesis sends the routes of a real Orthanc what the OpenAPI document allows, and what it does not; and those who wait."""
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer, send_series  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

TOOLS = pathlib.Path(os.environ["SPINESEG_SOURCE_DIR"]) / ".cache/openapi/python/bin"
SEED = 20261130
SECONDS = 20
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,negative_data_rejection")
# Ids that there are, so that the attack passes the first check; nobody waits.
CONFIGURATION = """
[parameters]
"query.timeout" = 0
{operations}
"""
OPERATION = """
[[operations]]
include-path-regex = "{path}"
parameters = {{ "path.id" = "{id}" }}
"""


def done_job(server):
    """A series whose job is done with one result: (series, job)."""
    series, _ = send_series(server)
    server.wait_for_state(series, ["queued"])
    worker = worker_of(server)
    granted = lease(worker)
    _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
    store(worker, granted, result_of(source, granted))
    worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome={
        "state": "done", "results": [], "summary_json": "{\"quality\": {\"verdict\": \"review\"}}"})
    worker.close()
    return series, granted["job"]


class AttackedOrthanc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = OrthancServer({"OffPeakHours": "20:00-06:00", "SeriesRequestsPerDay": 0, "UserOpenJobs": 0})
        cls.addClassCleanup(cls.server.destroy)
        cls.server.start()
        cls.series, cls.job = done_job(cls.server)
        assert cls.server.get("/spineseg/jobs/" + cls.job)["State"] == "done"
        send_series(cls.server, Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")

    @unittest.skipUnless((TOOLS / "schemathesis").exists(), "needs tests/plugin/openapi/install.sh, which asks PyPI")
    def test_schemathesis_finds_no_500_and_no_answer_that_is_not_documented(self):
        with tempfile.TemporaryDirectory(prefix="spineseg-attack-") as folder:
            operations = "".join(OPERATION.format(path=path, id=of) for path, of in
                                 (("/jobs/[{]id", self.job), ("/series/[{]id", self.series)))
            with open(os.path.join(folder, "schemathesis.toml"), "w") as file:
                file.write(CONFIGURATION.format(operations=operations))
            attack = subprocess.run(
                [TOOLS / "schemathesis", "--config-file", file.name, "run", self.server.url + "/spineseg/openapi.json",
                 "--url", self.server.url, "--checks", CHECKS, "--seed", str(SEED), "--phases", "examples,coverage,fuzzing",
                 "--max-examples", "40", "--max-time", str(SECONDS), "--no-shrink", "--continue-on-failure", "--workers", "2",
                 "--request-timeout", "15", "--warnings", "off", "--no-color"],
                cwd=folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(attack.returncode, 0, attack.stdout[-8000:] + attack.stderr[-2000:])
        self.assertEqual(self.server.get("/spineseg/health")["Database"], "ok")

    def test_who_waits_is_answered_when_orthanc_stops(self):
        server = OrthancServer()
        self.addCleanup(server.destroy)
        server.start()
        last = server.get("/spineseg/changes")["Last"]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(server.request("GET", f"/spineseg/changes?since={last}")))
        waiting.start()
        time.sleep(1)
        self.assertEqual(answers, [])
        self.assertLess(server.stop(), 20)
        waiting.join(20)
        self.assertEqual([(status, body["Jobs"], body["Waited"]) for status, _, body in answers], [(200, [], True)])

    def test_who_waits_hears_at_once_of_a_pause_that_outlives_a_restart(self):
        server = OrthancServer()
        self.addCleanup(server.destroy)
        server.start()
        last = server.get("/spineseg/changes")["Last"]
        waited = []

        def wait():
            begun = time.monotonic()
            _, _, answer = server.request("GET", f"/spineseg/changes?since={last}")
            waited.append((answer["Queue"], time.monotonic() - begun))
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(1)
        self.assertTrue(server.post("/spineseg/queue/pause")[2]["Paused"])
        waiting.join(20)
        self.assertTrue(waited[0][0])
        self.assertLess(waited[0][1], 10)
        server.stop()
        server.start()
        self.assertTrue(server.get("/spineseg/queue")["Paused"])
        series, _ = send_series(server)
        server.wait_for_state(series, ["queued"])
        worker = worker_of(server)
        self.addCleanup(worker.close)
        self.assertEqual(worker.ask("lease_request")[0]["type"], "no_work")
        server.post("/spineseg/queue/resume")
        self.assertEqual(lease(worker)["type"], "lease_granted")
        pauses = [entry for entry in server.get("/spineseg/journal") if entry["Action"] == "queue paused"]
        self.assertEqual([entry["Address"] for entry in pauses], ["127.0.0.1"])


if __name__ == "__main__":
    unittest.main()
