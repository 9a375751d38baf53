# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugin holds off in a real Orthanc: pages of other sites, default passwords, floods of jobs, forged lines of the
log, and data of patients in logs, answers and the database."""
import base64
import glob
import json
import os
import socket
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer, send_series  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

ALICE = {"Authorization": "Basic " + base64.b64encode(b"alice:wonder").decode()}
USERS = {"AuthenticationEnabled": True, "RegisteredUsers": {"alice": "wonder"}}


class WithPasswords(OrthancServer):
    """An Orthanc that asks for a password, which every request of the test brings."""

    def __init__(self, settings=None, orthanc=None):
        super().__init__(settings, orthanc={**USERS, **(orthanc or {})})

    def request(self, method, path, body=None, headers=None):
        return super().request(method, path, body, {**ALICE, **(headers or {})})


class Protection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = WithPasswords({"LeaseSeconds": 4, "RetryBackoffSeconds": [0], "SegmentOnArrival": False,
                                    "AllowedOrigins": ["https://portal.example"], "RequireUsers": True})
        cls.addClassCleanup(cls.server.destroy)
        cls.server.start()
        cls.series, _ = send_series(cls.server)
        cls.server.wait_for_state(cls.series, ["eligible"])

    def ask(self, body=b"{}", **headers):
        return self.server.request("POST", "/series/%s/segment" % self.series, body,
                                   {name.replace("_", "-"): value for name, value in headers.items()})

    def test_a_page_of_another_site_has_nothing_segmented(self):
        """A text/plain POST with another Origin answered 200: browsers send the password of Orthanc along."""
        before = self.server.get("/spineseg/jobs")
        self.assertEqual(self.ask(Content_Type="text/plain")[0], 415)
        self.assertEqual(self.ask(Content_Type="application/x-www-form-urlencoded", Referer="http://evil.example/")[0], 415)
        self.assertEqual(self.ask(b"", Origin="http://evil.example")[0], 403)
        self.assertEqual(self.ask(b"", Origin="null")[0], 403)
        status, _, answer = self.ask(b"", Sec_Fetch_Site="cross-site")
        self.assertEqual(status, 403)
        self.assertIn("AllowedOrigins", answer["Details"])
        self.assertEqual(self.server.get("/spineseg/jobs"), before)

    def test_orthancs_own_page_and_an_admitted_portal_may(self):
        for headers in ({"Origin": self.server.url}, {"Sec_Fetch_Site": "same-origin", "Origin": "https://behind.a.proxy"},
                        {"Origin": "https://portal.example", "Sec_Fetch_Site": "cross-site"}):
            with self.subTest(headers):
                self.assertEqual(self.ask(b"", **headers)[0], 200)

    def test_every_answer_has_the_headers_for_browsers(self):
        for path in ("/spineseg/app", "/spineseg/health", "/spineseg/jobs/nonsense"):
            with self.subTest(path):
                headers = self.server.request("GET", path)[1]
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["X-Frame-Options"], "DENY")
                # The page is the same for everybody; the browser asks each time whether it still is.
                self.assertEqual(headers["Cache-Control"], "no-cache" if path.endswith("/app") else "no-store")
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
                self.assertNotIn("unsafe", headers["Content-Security-Policy"])

    def test_the_journal_says_who_asked_and_from_where(self):
        """A cancel wrote no log line, no entry in the journal and no name."""
        job = self.ask(b'{"Seed": 77}', X_Forwarded_For="198.51.100.9")[2]["ID"]
        self.assertEqual(self.server.post("/spineseg/jobs/%s/cancel" % job)[0], 200)
        journal = self.server.get("/spineseg/jobs/" + job)["Journal"]
        self.assertEqual([(one["Action"], one["User"], one["Address"]) for one in journal],
                         [("requested", "alice", "127.0.0.1 for 198.51.100.9"), ("canceled", "alice", "127.0.0.1")])
        self.assertIn("seed 77", journal[0]["Detail"])
        self.assertEqual(self.server.get("/spineseg/journal?limit=1")[0]["Job"], job)
        self.assertIn("canceled on request of alice from 127.0.0.1", self.server.log())

    def test_varying_the_seed_gives_no_flood_of_jobs(self):
        """A hundred jobs for one series were had in 0.8 s."""
        series, _ = send_series(self.server)
        self.server.wait_for_state(series, ["eligible"])
        answers = [self.server.post("/series/%s/segment" % series, {"Seed": seed}) for seed in range(32)]
        # Orthanc 1.10 cannot send 429.
        self.assertEqual([status for status, _, _ in answers], [200] * 30 + [503] * 2)
        self.assertEqual(answers[-1][1]["Retry-After"], "60")
        self.assertEqual(answers[-1][2]["HttpStatus"], 429)
        self.assertEqual(len(self.server.get("/spineseg/jobs?series=" + series)), 30)


class DefaultPasswords(unittest.TestCase):
    def refusal(self, orthanc):
        server = OrthancServer({"RequireUsers": True}, orthanc=orthanc)
        self.addCleanup(server.destroy)
        server.launch()
        self.assertNotEqual(server.process.popen.wait(30), 0)
        return server.log()

    def test_with_require_users_orthanc_does_not_start_without_a_password_of_somebodys_own(self):
        """Without users Orthanc makes the user orthanc with the password orthanc, and it works."""
        self.assertIn("RegisteredUsers names nobody", self.refusal({"RemoteAccessAllowed": True}))
        self.assertIn("the user's own name", self.refusal({"AuthenticationEnabled": True,
                                                           "RegisteredUsers": {"orthanc": "orthanc"}}))
        self.assertIn("asks nobody for a password", self.refusal({}))

    def test_without_it_the_log_says_that_the_door_is_open(self):
        server = OrthancServer(orthanc={"AuthenticationEnabled": False, "RemoteAccessAllowed": True})
        self.addCleanup(server.destroy)
        server.start()
        self.assertIn("other machines may use Orthanc", server.log())


class ForeignTexts(unittest.TestCase):
    def setUp(self):
        self.server = OrthancServer({"LeaseSeconds": 4, "MaxAttempts": 1, "RetryBackoffSeconds": [0]})
        self.addCleanup(self.server.destroy)
        self.server.start()

    def raw_frame(self, header):
        """Sends bytes as a frame whose header they are; waits until the plugin has hung up."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(10)
            connection.connect(self.server.path("db/spineseg.sock"))
            try:
                connection.sendall(struct.pack("<II", 4 + len(header), len(header)) + header)
                while connection.recv(65536):
                    pass
            except ConnectionError:
                pass  # it has hung up before the end

    def test_no_message_forges_a_line_of_the_log_or_fills_it(self):
        """One message wrote a forged error line of 3,000,000 bytes into Orthanc's log."""
        forged = "E1130 10:00:00.000000 PluginsManager.cpp:1] forged"
        self.raw_frame(json.dumps({"type": "ack", "x\n" + forged + "\n" + "y" * 3_000_000: 1}).encode())
        self.raw_frame(json.dumps({"type": "hello", "protocol": 4, "worker": "w\n" + forged, "version": "1",
                                   "model_id": "m", "model_digest": "d"}).encode())
        for _ in range(400):
            self.raw_frame(b"garbage")
        lines = self.server.log().splitlines()
        self.assertFalse([line for line in lines if line.startswith(forged)])
        ours = [line for line in lines if "a worker's connection is closed" in line]
        self.assertTrue(ours)
        self.assertLessEqual(len(ours), 300)
        self.assertLess(max(map(len, lines)), 3000)
        self.assertTrue([line for line in lines if "further ones are suppressed" in line])

    def test_no_patients_data_reach_logs_answers_or_the_database(self):
        secrets = ["Quixote", "MRN-4711-X", "19330417", "Sancho", "ACC-90210", "Dulcinea"]
        person = dict(PatientName="Quixote^Alonso", PatientID="MRN-4711-X", PatientBirthDate="19330417",
                      ReferringPhysicianName="Sancho^Panza", AccessionNumber="ACC-90210", InstitutionName="Dulcinea")
        outcomes = {"refused by its header": dict(BodyPartExamined="HEAD", StudyDescription="MR Schädel"), "rejected": {}, "failed": {}, "done": {}}
        series = {what: send_series(self.server, **person, **changes)[0] for what, changes in outcomes.items()}
        self.server.wait_for_state(series["refused by its header"], ["ineligible"])
        worker = worker_of(self.server)
        self.addCleanup(worker.close)
        for what in ("rejected", "failed", "done"):
            self.server.wait_for_state(series[what], ["queued"])
        ends = ["rejected", "failed", "done"]
        while ends:
            granted = lease(worker)
            _, fetched = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
            self.assertIn(b"Quixote", fetched, "the worker gets the images as they are")
            end = ends.pop()
            outcome = {"state": end, "results": [], "summary_json": "{}"}
            if end == "done":
                answer, _ = store(worker, granted, result_of(fetched, granted))
                self.assertEqual(answer["type"], "stored", answer)
            else:
                outcome["error"] = {"code": "truncated_file" if end == "rejected" else "internal", "detail": "no pixels"}
            answer, _ = worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome=outcome)
            self.assertEqual(answer["type"], "ack", answer)
        self.raw_frame(b"garbage")
        self.server.post("/series/%s/segment" % series["refused by its header"])
        self.server.post("/series/%s/segment" % ("0" * 44))
        texts = {"the log": self.server.log()}
        for path in ("/spineseg/health", "/spineseg/jobs?expand", "/spineseg/journal", "/spineseg/explain?expand",
                     "/tools/metrics-prometheus", "/spineseg/metrics", "/spineseg/webhooks"):
            texts[path] = self.server.request("GET", path)[2]
        for job in self.server.get("/spineseg/jobs"):
            texts["/spineseg/jobs/" + job] = self.server.get("/spineseg/jobs/" + job)
        for one in series.values():
            for path in ("/spineseg/series/" + one, "/spineseg/series/%s/explain" % one):
                texts[path] = self.server.get(path)
        self.server.stop()
        for file in glob.glob(self.server.path("db/spineseg.*")):
            with open(file, "rb") as content:
                texts[file] = content.read().decode("latin-1")
        self.assertTrue([name for name in texts if name.endswith("spineseg.db")])
        for name, text in texts.items():
            for secret in secrets:
                self.assertNotIn(secret, text if isinstance(text, str) else str(text), name)


if __name__ == "__main__":
    unittest.main()
