# SPDX-License-Identifier: GPL-3.0-or-later
"""What enters the archive, with a real Orthanc, OverwriteInstances on and off, and with a filter of its own."""
import io
import os
import sys
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gate_campaign import Campaign  # noqa: E402
from orthanc_server import OrthancServer, deeds, file_bytes, make_instance, send_series  # noqa: E402
from raw_worker import RawWorker  # noqa: E402
from worker_by_hand import described, lease, result_of, store, worker_of  # noqa: E402

from pydicom.uid import generate_uid  # noqa: E402

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


class Gate:
    """The cases for both settings."""
    overwrite = False

    @classmethod
    def setUpClass(cls):
        cls.server = OrthancServer({"RetryBackoffSeconds": [0]}, orthanc={"OverwriteInstances": cls.overwrite})
        cls.addClassCleanup(cls.server.destroy)
        cls.server.start()

    def setUp(self):
        self.series, self.study = send_series(self.server)
        self.server.wait_for_state(self.series, ["queued"])
        self.worker = worker_of(self.server)
        self.addCleanup(self.worker.close)
        self.granted = lease(self.worker)
        _, self.source = self.worker.ask("fetch_instance", job=self.granted["job"], epoch=self.granted["epoch"], index=0)

    def instances(self):
        """With the MD5 of each file."""
        return {one: self.server.get("/instances/%s/attachments/dicom/md5" % one) for one in self.server.get("/instances")}

    def send(self, body, claim):
        return self.worker.ask("store_result", body, job=self.granted["job"], epoch=self.granted["epoch"], object=claim)[0]

    def expect_refusal(self, body, claim, rule):
        before = self.instances()
        answer = self.send(body, claim)
        self.assertEqual((answer["type"], answer["error"]["code"]), ("refused", "protocol_violation"), answer)
        self.assertIn("rule " + rule, answer["error"]["detail"])
        self.assertRaises(ConnectionError, self.worker.receive)
        self.assertEqual(self.instances(), before)
        job = self.server.get("/spineseg/jobs/" + self.granted["job"])
        self.assertEqual((job["State"], job["Error"]["Code"]), ("failed", "protocol_violation"))
        self.assertEqual(deeds(job)[-1]["Action"], "not stored")
        self.assertIn("rule " + rule, deeds(job)[-1]["Detail"])
        self.assertIn("rule " + rule, self.server.log())

    def test_a_zip_puts_nothing_into_another_patients_study(self):
        # Symptom: Orthanc unpacks a ZIP at POST /instances. One message put a SEG into another patient's study and made a
        # patient who did not exist; the session stayed open and nothing was logged.
        result = result_of(self.source, self.granted)
        foreign = make_instance(generate_uid(), generate_uid(), 1, PatientID="NOBODY")
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("1.dcm", file_bytes(foreign))
        self.expect_refusal(zipped.getvalue(), described(result), "preamble")

    def test_an_image_of_somebody_else_is_neither_overwritten_nor_deleted(self):
        # Symptom: with OverwriteInstances a foreign CT went from 3 instances to 2.
        foreign = make_instance(generate_uid(), generate_uid(), 1, PatientID="OTHER", Modality="CT", SOPClassUID=CT_IMAGE)
        self.server.store(foreign)
        result = result_of(self.source, self.granted, SOPInstanceUID=foreign.SOPInstanceUID)
        self.expect_refusal(file_bytes(result), described(result), "sop_instance_uid")

    def test_a_result_of_another_patient_under_the_same_uid_stays_what_it_is(self):
        foreign = result_of(file_bytes(make_instance(generate_uid(), generate_uid(), 1, PatientID="OTHER")), self.granted)
        self.server.store(foreign)
        result = result_of(self.source, self.granted, SOPInstanceUID=foreign.SOPInstanceUID)
        self.expect_refusal(file_bytes(result), described(result), "identifiers")

    def test_no_result_enters_the_scanners_series_or_that_of_another_object(self):
        foreign = result_of(file_bytes(make_instance(generate_uid(), generate_uid(), 1, PatientID="OTHER")), self.granted)
        self.server.store(foreign)
        result = result_of(self.source, self.granted, SeriesInstanceUID=foreign.SeriesInstanceUID)
        self.expect_refusal(file_bytes(result), described(result), "identifiers")

    def test_the_source_itself_is_no_result(self):
        # Symptom: an MR image with another PatientName went into the scanner's own series.
        image = make_instance(generate_uid(), generate_uid(), 1, PatientName="ANOTHER^NAME")
        self.expect_refusal(file_bytes(image), described(image), "sop_class")

    def begin_a_rerun(self):
        """The job is done with one result and leased again: (the result, the archive's instances)."""
        result = result_of(self.source, self.granted)
        self.assertEqual(store(self.worker, self.granted, result)[0]["type"], "stored")
        self.assertEqual(self.end("done")["type"], "ack")
        before = self.instances()
        self.assertEqual(self.server.post("/spineseg/jobs/%s/resubmit" % self.granted["job"])[0], 200)
        self.granted = lease(self.worker)
        return result, before

    def test_a_cancel_during_a_rerun_leaves_the_older_result(self):
        # Symptom: the rerun's object was "stored" over the older one, so that the cancellation deleted it.
        result, before = self.begin_a_rerun()
        again, _ = store(self.worker, self.granted, result)
        self.assertEqual((again["type"], again["already_stored"]), ("stored", True))
        self.assertEqual(self.server.post("/spineseg/jobs/%s/cancel" % self.granted["job"])[0], 200)
        refused, _ = store(self.worker, self.granted, result)
        self.assertEqual(refused["error"]["code"], "stale_lease")
        self.assertEqual(self.instances(), before)

    def test_other_values_under_the_uid_of_a_result_are_found_before_the_store(self):
        result, before = self.begin_a_rerun()
        result.PixelData = bytes(255 - byte for byte in result.PixelData)
        differs, _ = store(self.worker, self.granted, result)
        self.assertEqual(differs["error"]["code"], "result_differs", differs)
        self.assertEqual(self.instances(), before)

    def test_done_needs_everything_that_was_ordered(self):
        # Symptom: `done` needed one object of any kind.
        answer = self.end("done")
        self.assertEqual((answer["type"], answer["error"]["code"]), ("refused", "invalid_argument"))
        self.assertEqual(store(self.worker, self.granted, result_of(self.source, self.granted))[0]["type"], "stored")
        self.assertEqual(self.end("done")["type"], "ack")

    def end(self, state):
        return self.worker.ask("complete", job=self.granted["job"], epoch=self.granted["epoch"],
                               outcome={"state": state, "results": [], "summary_json": "{}"})[0]


class OverwriteOff(Gate, unittest.TestCase):
    def test_two_outputs_are_needed_where_two_are_ordered(self):
        server = OrthancServer({"Outputs": ["SEG", "SR"]})
        self.addCleanup(server.destroy)
        server.start()
        send_series(server)
        worker = worker_of(server)
        self.addCleanup(worker.close)
        granted = lease(worker)
        _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        done = {"state": "done", "results": [], "summary_json": "{}"}
        self.assertEqual(store(worker, granted, result_of(source, granted))[0]["type"], "stored")
        refused, _ = worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome=done)
        self.assertIn("SR", refused["error"]["detail"])
        report = result_of(source, granted, "measurement_report")
        self.assertEqual(store(worker, granted, report, "measurement_report")[0]["type"], "stored")
        self.assertEqual(worker.ask("complete", job=granted["job"], epoch=granted["epoch"], outcome=done)[0]["type"], "ack")


class OverwriteOn(Gate, unittest.TestCase):
    overwrite = True


class Filters(unittest.TestCase):
    def test_what_a_filter_of_orthanc_drops_is_an_error_and_no_result(self):
        server = OrthancServer({"RetryBackoffSeconds": [0], "MaxAttempts": 1})
        self.addCleanup(server.destroy)
        with open(server.path("filter.lua"), "w") as script:
            script.write("function ReceivedInstanceFilter(dicom, origin)\n  return dicom.Modality ~= 'SEG'\nend\n")
        server.orthanc = {"LuaScripts": [server.path("filter.lua")]}
        server.start()
        series, study = send_series(server)
        server.wait_for_state(series, ["queued"])
        worker = worker_of(server)
        self.addCleanup(worker.close)
        granted = lease(worker)
        _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
        answer, _ = store(worker, granted, result_of(source, granted))
        self.assertEqual(answer["type"], "refused", answer)
        done, _ = worker.ask("complete", job=granted["job"], epoch=granted["epoch"],
                             outcome={"state": "done", "results": [], "summary_json": "{}"})
        self.assertEqual(done["type"], "refused", done)
        self.assertEqual(len(server.get("/studies/%s/series" % study)), 1)


class Models(unittest.TestCase):
    def test_a_model_that_is_not_admitted_serves_nothing_and_is_told_how_to(self):
        # Symptom: any worker said hello, became the model and took over the queue: one line at level INFO.
        server = OrthancServer()
        self.addCleanup(server.destroy)
        server.start()
        stranger = RawWorker(server.path("db/spineseg.sock"))
        self.addCleanup(stranger.close)
        answer = stranger.hello(digest="cd" * 32)
        self.assertEqual((answer["type"], answer["error"]["code"]), ("refused", "invalid_configuration"))
        self.assertIn("setting Models", answer["error"]["detail"])
        self.assertRaises(ConnectionError, stranger.receive)
        self.assertIn("cd" * 32, server.log())
        self.assertEqual(server.get("/spineseg/health")["Workers"], [])


class SpoiltResults(unittest.TestCase):
    """A bounded form of gate_campaign.py with a fixed seed; docs/threat-model.md has the figures of the long one."""

    def bounded(self, overwrite):
        with Campaign(7, overwrite) as campaign:
            answers = campaign.run(150, check_every=50)
        self.assertEqual(sum(answers.values()), 150)
        self.assertGreater(len(answers), 8, answers)
        self.assertGreater(answers["stored and taken out"], 0, answers)

    def test_whatever_bytes_are_sent_the_archive_stays_as_it_was(self):
        self.bounded(False)

    def test_whatever_bytes_are_sent_the_archive_stays_as_it_was_where_it_overwrites(self):
        self.bounded(True)


if __name__ == "__main__":
    unittest.main()
