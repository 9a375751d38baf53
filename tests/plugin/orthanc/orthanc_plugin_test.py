# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin inside a real Orthanc: nothing between this file and the product but HTTP, DICOM files and the socket."""
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import orthanc_server  # noqa: E402
from orthanc_server import OrthancServer, deeds, file_bytes, send_series  # noqa: E402
from raw_worker import RawWorker  # noqa: E402
from worker_by_hand import copy_of, lease, result_of, store, worker_of  # noqa: E402

from pydicom.uid import generate_uid  # noqa: E402

class ExportedSymbols(unittest.TestCase):
    def test_exactly_the_four_entry_points_are_exported(self):
        listed = subprocess.run(["nm", "-D", "--defined-only", orthanc_server.PLUGIN], capture_output=True, text=True, check=True)
        names = sorted(line.split()[-1] for line in listed.stdout.splitlines())
        self.assertEqual(names, ["OrthancPluginFinalize", "OrthancPluginGetName", "OrthancPluginGetVersion",
                                 "OrthancPluginInitialize"])

    def test_neither_dcmtk_nor_libtorch_is_linked(self):
        listed = subprocess.run(["ldd", orthanc_server.PLUGIN], capture_output=True, text=True, check=True).stdout
        for foreign in ("dcm", "torch", "c10", "boost", "orthanc"):
            self.assertNotIn("lib" + foreign, listed.lower())


def leased(test):
    """A series that a worker has just taken: (Orthanc's id of the series, worker, lease)."""
    series, _ = send_series(test.server)
    test.server.wait_for_state(series, ["queued"])
    worker = worker_of(test.server)
    test.addCleanup(worker.close)
    return series, worker, lease(worker)


class RealOrthanc(unittest.TestCase):
    settings = {"LeaseSeconds": 4, "RetryBackoffSeconds": [0]}

    @classmethod
    def setUpClass(cls):
        cls.server = OrthancServer(cls.settings)
        cls.addClassCleanup(cls.server.destroy)
        cls.server.start()

    def test_a_lumbar_series_goes_through_queue_lease_fetch_store_and_done(self):
        series, study = send_series(self.server)
        waiting = self.server.wait_for_state(series, ["queued"])
        self.assertTrue(waiting["Eligible"])
        worker = worker_of(self.server)
        self.addCleanup(worker.close)
        granted = lease(worker)
        self.assertEqual(len(granted["instances"]), 7)
        fetched = []
        for index, instance in enumerate(granted["instances"]):
            header, body = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=index)
            self.assertEqual(header["type"], "instance_bytes")
            self.assertEqual(body, self.server.request("GET", "/instances/%s/file" % instance)[2])
            fetched.append(body)
        header, _ = worker.ask("renew", job=granted["job"], epoch=granted["epoch"], counter=1,
                               progress={"stage": "diffusion", "fraction": 0.5})
        self.assertEqual(header["type"], "ack", header)
        running = self.server.get("/spineseg/jobs/" + granted["job"])
        self.assertEqual((running["State"], running["Stage"], running["Attempts"]), ("running", "diffusion", 1))
        self.assertTrue(0 < running["Progress"] < 100)

        result = result_of(fetched[0], granted)
        stored, _ = store(worker, granted, result)
        self.assertEqual((stored["type"], stored["already_stored"]), ("stored", False))
        again, _ = store(worker, granted, result)
        self.assertEqual((again["type"], again["already_stored"]), ("stored", True))
        header, _ = worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome={
            "state": "done", "results": [], "summary_json": "{\"vertebra\": 3}"})
        self.assertEqual(header["type"], "ack", header)

        done = self.server.get("/spineseg/series/" + series)
        self.assertEqual(done["State"], "done")
        self.assertEqual(len(done["Results"]), 1)
        self.assertEqual(done["Results"][0]["SOPInstanceUID"], str(result.SOPInstanceUID))
        instance = self.server.get("/instances/" + done["Results"][0]["Instance"])
        self.assertEqual(instance["ParentSeries"], done["Results"][0]["Series"])
        self.assertEqual(self.server.get("/series/" + instance["ParentSeries"])["ParentStudy"], study)
        job = done["Job"]
        self.assertEqual((job["Progress"], job["Summary"], job["Error"]), (100, {"vertebra": 3}, None))

        # What we stored becomes stable too, and must not come back as work.
        verdict = self.server.wait_for_state(instance["ParentSeries"], ["ineligible"])
        self.assertIn("own_result", verdict["Reason"])
        self.assertNotIn("SECRET", self.server.log())

    def test_a_localizer_an_axial_series_a_head_and_a_ct_are_refused_with_their_reason(self):
        cases = {
            "localizer": dict(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
            "plane": dict(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
            "other_region": dict(BodyPartExamined="HEAD", StudyDescription="MR Schädel"),
            "modality": dict(Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        }
        sent = {rule: send_series(self.server, **changes)[0] for rule, changes in cases.items()}
        for rule, series in sent.items():
            with self.subTest(rule):
                verdict = self.server.wait_for_state(series, ["ineligible"])
                self.assertTrue(verdict["Reason"].startswith(rule + ":"), verdict["Reason"])
        status, _, answer = self.server.post("/series/%s/segment" % sent["plane"])
        self.assertEqual(status, 400)
        self.assertIn("plane", answer["Details"])
        status, _, answer = self.server.post("/series/%s/segment" % sent["plane"], {"Force": True})
        self.assertEqual((status, answer["Path"]), (200, "/spineseg/jobs/" + answer["ID"]))
        self.assertEqual(self.server.post("/spineseg/jobs/%s/cancel" % answer["ID"])[2]["State"], "canceled")

    def test_explain_answers_rule_by_rule_and_queues_nothing(self):
        series, _ = send_series(self.server, BodyPartExamined="HEAD", StudyDescription="MR Schädel", PatientAge="033Y")
        self.server.wait_for_state(series, ["ineligible"])
        for path in ("/series/%s/explain", "/spineseg/series/%s/explain"):
            status, _, answer = self.server.post(path % series)
            self.assertEqual((status, answer["Eligible"], answer["Rule"]), (200, False, "other_region"))
            self.assertEqual(answer["Contrast"]["Class"], "T2")
            fired = {rule["ID"] for rule in answer["Rules"] if rule["Fired"]}
            self.assertTrue({"other_region", "sagittal", "known_contrast"} <= fired, fired)
            self.assertNotIn("SECRET", json.dumps(answer))
        draft = {"Rules": {"rules": [{"id": "only_old", "says": "exclude", "because": "too young",
                                      "when": [{"fact": "age_years", "below": 40}]}]}}
        self.assertEqual(self.server.post("/series/%s/explain" % series, draft)[2]["Rule"], "only_old")
        self.assertEqual(self.server.post("/series/%s/explain" % series, {"Ruels": {}})[0], 400)
        self.assertEqual(self.server.get("/spineseg/series/" + series)["Jobs"], [])

    def test_a_dry_run_goes_through_the_whole_archive(self):
        good = send_series(self.server)[0]
        sent = {good, send_series(self.server, SeriesDescription="localizer")[0]}
        job = self.server.wait_for_state(good, ["queued"])["Job"]["ID"]
        self.addCleanup(self.server.post, "/spineseg/jobs/%s/cancel" % job)  # so that no other test leases it
        seen, since = {}, 0
        while since is not None:
            status, _, page = self.server.post("/spineseg/explain", {"Limit": 2, "Since": since})
            self.assertEqual(status, 200, page)
            self.assertLessEqual(len(page["Series"]), 2)
            seen.update({entry["ID"]: entry for entry in page["Series"]})
            since = page["Next"]
        self.assertTrue(sent <= set(seen))
        self.assertEqual(sorted(seen[series]["Eligible"] for series in sent), [False, True])
        self.assertEqual(set(seen), set(self.server.get("/series")))

    def test_a_result_for_another_study_is_refused_before_orthanc_sees_it(self):
        series, worker, granted = leased(self)
        _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        foreign = result_of(source, granted, StudyInstanceUID=generate_uid())
        before = self.server.get("/instances")
        header, _ = store(worker, granted, foreign)
        self.assertEqual((header["type"], header["error"]["code"]), ("refused", "protocol_violation"))
        found = self.server.post("/tools/find", {"Level": "Instance", "Query": {"SOPInstanceUID": str(foreign.SOPInstanceUID)}})
        self.assertEqual(found[2], [])
        self.assertEqual(self.server.get("/instances"), before)
        job = self.server.get("/spineseg/jobs/" + granted["job"])
        self.assertEqual((job["State"], job["Error"]["Code"]), ("failed", "protocol_violation"))
        self.assertIn("rule study", deeds(job)[-1]["Detail"])

    def test_a_rerun_is_compared_with_what_the_archive_holds(self):
        """Other values under the UID of a result were "already stored": the job was done, and its summary told of values
        that the archive did not hold."""
        series, worker, granted = leased(self)
        _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        result = result_of(source, granted, InstanceCreationTime="101112", ContentDescription="AI")
        rerun, other = copy_of(result), copy_of(result)
        rerun.InstanceCreationTime = "111213"
        other.ContentDescription = "IA"
        expected = [(result, "stored", False, "done", 1), (rerun, "stored", True, "done", 2), (other, "refused", None, "failed", 2)]
        for run, (dataset, kind, already_stored, state, summary) in enumerate(expected, 1):
            if run > 1:
                self.assertEqual(self.server.post("/spineseg/jobs/%s/resubmit" % granted["job"])[0], 200)
                waiting = self.server.get("/spineseg/jobs/" + granted["job"])
                self.assertEqual((len(waiting["Results"]), waiting["Summary"]), (1, {"run": run - 1}))
                granted = lease(worker)
            answer, _ = store(worker, granted, dataset)
            self.assertEqual((answer["type"], answer.get("already_stored")), (kind, already_stored), answer)
            outcome = {"state": state, "results": [], "summary_json": json.dumps({"run": run})}
            if kind == "refused":
                self.assertEqual(answer["error"]["code"], "result_differs")
                self.assertIn("(0070,0081)", answer["error"]["detail"])
                outcome["error"] = answer["error"]
            self.assertEqual(worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome=outcome)[0]["type"], "ack")
            job = self.server.get("/spineseg/jobs/" + granted["job"])
            self.assertEqual((job["State"], len(job["Results"]), job["Summary"]), (state, 1, {"run": summary}))
        archived = self.server.request("GET", "/instances/%s/file" % job["Results"][0]["Instance"])[2]
        self.assertEqual(archived, file_bytes(result))
        self.assertEqual([entry["Action"] for entry in deeds(job)],
                         ["requested again", "already stored", "requested again", "not stored"])
        self.assertEqual([(one["State"], one["Summary"]) for one in job["AttemptHistory"]][:2],
                         [("done", {"run": 1}), ("done", {"run": 2})])

    def test_late_slices_make_a_new_job_and_cancel_the_old(self):
        study, series_uid = generate_uid(), generate_uid()
        series, _ = send_series(self.server, 6, study, series_uid)
        old = self.server.wait_for_state(series, ["queued"])["Job"]["ID"]
        send_series(self.server, 2, study, series_uid, first=6)
        deadline = time.time() + 15
        while time.time() < deadline and self.server.get("/spineseg/jobs/" + old)["State"] != "canceled":
            time.sleep(0.1)
        self.assertEqual(self.server.get("/spineseg/jobs/" + old)["State"], "canceled")
        new = self.server.wait_for_state(series, ["queued"])["Job"]["ID"]
        self.assertNotEqual(new, old)
        self.server.post("/spineseg/jobs/%s/cancel" % new)

    def test_methods_and_unknown_ids_are_answered_as_orthanc_does(self):
        status, headers, _ = self.server.request("DELETE", "/spineseg/jobs")
        self.assertEqual((status, headers["Allow"]), (405, "GET"))
        self.assertEqual(self.server.request("GET", "/spineseg/jobs/nonsense")[0], 404)
        self.assertEqual(self.server.request("GET", "/spineseg/series/" + "0" * 44)[0], 404)
        self.assertEqual(self.server.post("/series/nonsense/segment")[0], 404)
        self.assertEqual(self.server.request("GET", "/spineseg/jobs?state=nonsense")[0], 400)
        self.assertEqual(self.server.request("GET", "/spineseg/jobs?state=queued%2Cdone&since=2026-01-01T00%3A00%3A00Z")[0], 200)
        health = self.server.get("/spineseg/health")
        self.assertEqual((health["Database"], health["ArchiveVersion"]), ("ok", self.server.get("/system")["Version"]))
        self.assertIn("spineseg_jobs_queued", self.server.request("GET", "/tools/metrics-prometheus")[2].decode())


    def test_health_shows_what_a_worker_computes_with_and_a_probe_leaves_no_trace(self):
        worker = RawWorker(self.server.path("db/spineseg.sock"))
        self.assertEqual(worker.hello()["type"], "welcome")
        self.assertEqual(worker.report_device("failed", "differs by 0.4", "cuda", "bfloat16")["type"], "ack")
        probe = RawWorker(self.server.path("db/spineseg.sock"))
        self.assertEqual(probe.hello(digest="", model="", worker="", protocol=0)["type"], "welcome")
        self.assertRaises(ConnectionError, probe.receive)
        health = self.server.get("/spineseg/health")
        shown = [one for one in health["Workers"] if one["Device"] == "cuda"]
        self.assertEqual([(one["Precision"], one["SelfTest"]) for one in shown],
                         [("bfloat16", {"State": "failed", "Detail": "differs by 0.4"})])
        self.assertEqual(health["Model"]["ID"], "raw")
        self.assertEqual(worker.ask("lease_request")[0]["error"]["code"], "protocol_violation")
        worker.close()

    def test_orthanc_shows_our_page_and_our_button(self):
        plugin = self.server.get("/plugins/spineseg")
        self.assertEqual(plugin["RootUri"].lstrip("./"), "spineseg/app")
        status, headers, page = self.server.request("GET", "/spineseg/app")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b"Research use only", page)
        self.assertIn(b"spineseg-segment", self.server.request("GET", "/plugins/explorer.js")[2])

    @unittest.skipUnless(shutil.which("node"), "needs node")
    def test_the_scripts_are_javascript(self):
        page = self.server.request("GET", "/spineseg/app")[2].decode()
        scripts = [page.split("<script>")[1].split("</script>")[0],
                   self.server.request("GET", "/plugins/explorer.js")[2].decode()]
        for script in scripts:
            checked = subprocess.run(["node", "--check", "-"], input=script, text=True, capture_output=True)
            self.assertEqual(checked.returncode, 0, checked.stderr)


class RestartedOrthanc(unittest.TestCase):
    def setUp(self):
        self.server = OrthancServer({"RetryBackoffSeconds": [0]}, stable_age=2)
        self.addCleanup(self.server.destroy)
        self.server.start()

    def test_a_series_that_was_not_stable_yet_is_found_again_after_a_crash(self):
        series, _ = send_series(self.server)
        self.server.kill()
        self.server.start()
        self.server.wait_for_state(series, ["queued"], 10)

    def test_a_stop_is_quick_and_hands_leases_back_without_burning_an_attempt(self):
        series, worker, granted = leased(self)
        self.assertLess(self.server.stop(), 20)  # Orthanc alone takes 2.4 to 3.8 s, more on a busy machine
        self.assertFalse(os.path.exists(self.server.path("db/spineseg.sock")))
        with self.assertRaises((ConnectionError, OSError)):
            worker.ask("lease_request")
        self.server.start()
        job = self.server.get("/spineseg/jobs/" + granted["job"])
        self.assertEqual((job["State"], job["Attempts"]), ("queued", 0))


if __name__ == "__main__":
    unittest.main()
