# SPDX-License-Identifier: GPL-3.0-or-later
"""What "done" means in a real Orthanc: the results are there, and they are those of the images that are there."""
import hashlib
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer, make_instance, send_series  # noqa: E402
from rest import wait_for  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

from pydicom.uid import generate_uid  # noqa: E402

PATIENCE = 20  # seconds
KINDS = ("segmentation", "parametric_map")  # as the setting Outputs below orders


class Case(unittest.TestCase):
    orthanc = {"OverwriteInstances": True}
    settings = {"RetryBackoffSeconds": [0], "Outputs": ["SEG", "PMAP"]}

    @classmethod
    def setUpClass(cls):
        cls.server = OrthancServer(cls.settings, orthanc=cls.orthanc)
        cls.addClassCleanup(cls.server.destroy)
        cls.server.start()

    def setUp(self):
        self.worker = worker_of(self.server)

    def tearDown(self):
        self.worker.close()
        for state in ("queued", "running"):
            for job in self.server.get("/spineseg/jobs?state=" + state):
                self.server.post("/spineseg/jobs/%s/cancel" % job)

    def state(self, series):
        return self.server.get("/spineseg/series/" + series)["State"]

    def jobs_of(self, series):
        return self.server.get("/spineseg/jobs?series=" + series)

    def slices(self, count=5, **changes):
        study, series = generate_uid(), generate_uid()
        return [make_instance(study, series, number, **changes) for number in range(count)]

    def send(self, datasets):
        for dataset in datasets:
            answer = self.server.store(dataset)
        return answer["ParentSeries"], answer["ParentStudy"]

    def overwrite(self, datasets):
        """The same UIDs with other pixels."""
        for dataset in datasets:
            dataset.PixelData = bytes(255 - byte if at % 2 == 0 else 0 for at, byte in enumerate(dataset.PixelData))
        return self.send(datasets)

    def finish(self, granted):
        """Ends a leased job with two results, each a series of its own; their files."""
        _, source = self.worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        results = [result_of(source, granted, kind) for kind in KINDS]
        for kind, result in zip(KINDS, results):
            stored, _ = store(self.worker, granted, result, kind)
            self.assertEqual(stored["type"], "stored", stored)
        answer, _ = self.worker.ask("complete", job=granted["job"], epoch=granted["epoch"],
                                    outcome={"state": "done", "results": [], "summary_json": "{}"})
        self.assertEqual(answer["type"], "ack", answer)
        return results

    def done(self, datasets):
        series, study = self.send(datasets)
        results = self.finish(lease(self.worker))
        self.assertEqual(self.state(series), "done")
        return series, study, results


class OverwrittenImages:
    def test_other_pixels_under_the_same_uids_are_segmented_anew(self):
        # Symptom: the old result stayed and was reported as that of the new images.
        slices = self.slices()
        series, _, _ = self.done(slices)
        self.send(slices)
        self.overwrite(slices[:1])
        wait_for("another job", lambda: len(self.jobs_of(series)) == 2, PATIENCE)
        self.finish(lease(self.worker))
        self.assertEqual(self.state(series), "done")

    def test_overwritten_in_flight_nothing_is_stored_of_the_mixture(self):
        # Symptom: the job was done on three old and four new slices, and not run again.
        slices = self.slices()
        series, study = self.send(slices)
        granted = lease(self.worker)
        self.overwrite(slices[2:])
        _, source = self.worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        refused, _ = store(self.worker, granted, result_of(source, granted))
        self.assertEqual((refused["type"], refused["error"]["code"]), ("refused", "stale_lease"))
        self.assertEqual(len(self.server.get("/studies/%s/series" % study)), 1)
        self.finish(lease(self.worker))
        self.assertEqual(self.state(series), "done")
        states = sorted(self.server.get("/spineseg/jobs/" + job)["State"] for job in self.jobs_of(series))
        self.assertEqual(states, ["canceled", "done"])


class WhatDoneMeans(OverwrittenImages, Case):
    def test_deleted_results_are_told_are_not_made_again_and_may_come_back(self):
        # Symptom: results were deleted from the archive, and the series stayed "done".
        series, _, results = self.done(self.slices())
        first, second = [result["Series"] for result in self.server.get("/spineseg/series/" + series)["Results"]]
        self.server.request("DELETE", "/series/" + first)
        wait_for("one result is missing",
                 lambda: self.server.get("/spineseg/series/" + series)["Job"]["MissingResults"] == 1, PATIENCE)
        view = self.server.get("/spineseg/series/" + series)
        self.assertEqual((view["State"], [one["InArchive"] for one in view["Results"]]), ("done", [False, True]))
        self.server.request("DELETE", "/series/" + second)
        view = self.server.wait_for_state(series, ["deleted"])
        self.assertIn("segment", view["Reason"])
        deleted = self.server.get("/spineseg/jobs?state=deleted")
        self.assertIn(view["Jobs"][0], deleted)
        self.assertEqual(self.server.get("/spineseg/health")["Queue"]["Deleted"], len(deleted))
        self.send(results)
        self.server.wait_for_state(series, ["done"])
        for result in (first, second):
            self.server.request("DELETE", "/series/" + result)
        self.server.wait_for_state(series, ["deleted"])
        self.assertEqual(self.server.post("/series/%s/segment" % series)[2]["ID"], view["Jobs"][0])
        self.assertEqual(self.state(series), "queued")

    def test_a_study_that_was_deleted_and_is_sent_again_is_segmented_again(self):
        # Symptom: the verdict stayed "done", and nothing was there.
        slices = self.slices()
        series, study, _ = self.done(slices)
        self.server.request("DELETE", "/studies/" + study)
        view = self.server.wait_for_state(series, ["gone"])
        self.assertEqual(self.server.get("/spineseg/jobs/" + view["Jobs"][0])["State"], "deleted")
        self.send(slices)
        self.finish(lease(self.worker))
        view = self.server.wait_for_state(series, ["done"])
        self.assertEqual(len(view["Jobs"]), 1)
        self.assertTrue(all(one["InArchive"] for one in view["Results"]))

    def test_what_was_deleted_while_the_plugin_was_away_is_found_at_the_start(self):
        series, _, _ = self.done(self.slices())
        results = [result["Series"] for result in self.server.get("/spineseg/series/" + series)["Results"]]
        self.worker.close()
        self.server.stop()
        self.server.settings = {"Enable": False}
        self.server.start()
        for result in results:
            self.server.request("DELETE", "/series/" + result)
        self.server.stop()
        self.server.settings = self.settings
        self.server.start()
        self.worker = worker_of(self.server)
        self.server.wait_for_state(series, ["deleted"])

    def test_the_same_files_sent_again_change_nothing(self):
        slices = self.slices()
        series, _, _ = self.done(slices)
        self.send(slices)
        other, _ = self.send(self.slices(BodyPartExamined="HEAD", StudyDescription="MR Schädel"))
        self.server.wait_for_state(other, ["ineligible"])  # later than the first, so that was judged as well
        self.assertEqual((self.state(series), len(self.jobs_of(series))), ("done", 1))

    def test_an_upgrade_runs_nothing_again(self):
        # Up to 0.1 a fingerprint was made of the SOP Instance UIDs alone.
        slices = self.slices()
        series, _, _ = self.done(slices)
        self.worker.close()
        self.server.stop()
        old = hashlib.sha256("".join(sorted(one.SOPInstanceUID + "\n" for one in slices)).encode()).hexdigest()
        database = sqlite3.connect(self.server.path("db/spineseg.db"))
        for table in ("job", "verdict"):
            self.assertEqual(database.execute("UPDATE %s SET fingerprint = ? WHERE orthanc_series_id = ?" % table,
                                              (old, series)).rowcount, 1)
        database.execute("UPDATE value SET value = '0' WHERE key = 'changes.cursor'")
        database.commit()
        database.close()
        self.server.start()
        self.worker = worker_of(self.server)
        other, _ = send_series(self.server)
        self.server.wait_for_state(other, ["queued"])
        self.assertEqual((self.state(series), len(self.jobs_of(series))), ("done", 1))

    def test_results_in_a_copied_study_start_nothing_and_are_shown_beside_the_new_ones(self):
        # Symptom: a copy held the copied results and the computed ones, under one description.
        _, study, _ = self.done(self.slices(PatientID="COPIED"))
        patient = self.server.get("/studies/%s/patient" % study)["ID"]
        kept = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
        corrected = {"Replace": {"PatientID": "CORRECTED"}, "Keep": kept, "Force": True}
        for act, body in (("/patients/%s/modify" % patient, corrected),
                          ("/studies/%s/anonymize" % study, {}),
                          ("/studies/%s/modify" % study, {"Replace": {"StudyDescription": "corrected"}})):
            with self.subTest(act):
                copy = self.server.post(act, body)[2]["ID"]
                if act.startswith("/patients"):
                    copy = self.server.get("/patients/%s/studies" % copy)[0]["ID"]
                series = self.server.get("/studies/%s/series" % copy)
                source = next(one["ID"] for one in series if one["MainDicomTags"]["Modality"] == "MR")
                copies = sorted(one["ID"] for one in series if one["ID"] != source)
                for one in copies:
                    self.assertIn("own_result", self.server.wait_for_state(one, ["ineligible"])["Reason"])
                self.finish(lease(self.worker))
                view = self.server.wait_for_state(source, ["done"])
                self.assertEqual(sorted(one["Series"] for one in view["CopiedResults"]), copies)
                self.assertEqual(len(self.server.get("/studies/%s/series" % copy)), 5, "nothing is deleted")
                self.assertEqual(self.worker.ask("lease_request")[0]["type"], "no_work")
                self.server.request("DELETE", "/series/" + copies[0])
                wait_for("one copy is left",
                         lambda: len(self.server.get("/spineseg/series/" + source)["CopiedResults"]) == 1, PATIENCE)


class WithoutMd5(OverwrittenImages, Case):
    orthanc = {"OverwriteInstances": True, "StoreMD5ForAttachments": False}


class SupersededIsDelete(Case):
    settings = {"RetryBackoffSeconds": [0], "Outputs": ["SEG", "PMAP"], "Superseded": "Delete"}

    def test_where_the_setting_says_so_only_the_new_results_stay(self):
        _, study, _ = self.done(self.slices())
        copy = self.server.post("/studies/%s/modify" % study, {"Replace": {"StudyDescription": "corrected"}})[2]["ID"]
        results = self.finish(lease(self.worker))
        left = {one["MainDicomTags"]["SeriesInstanceUID"] for one in self.server.get("/studies/%s/series" % copy)
                if one["MainDicomTags"]["Modality"] != "MR"}
        self.assertEqual(left, {str(one.SeriesInstanceUID) for one in results})
        self.assertEqual(len(self.server.get("/studies/%s/series" % study)), 3, "the other study keeps its own")


if __name__ == "__main__":
    unittest.main()
