# SPDX-License-Identifier: GPL-3.0-or-later
"""Where results go once a job is done: a second real Orthanc gets them as a DICOM modality and over DICOMweb, by the first
one's own jobs, and older results of a series go where the configuration says so."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from orthanc_server import OrthancServer, deeds, send_series  # noqa: E402
from rest import wait_for  # noqa: E402
from worker_by_hand import lease, result_of, store, worker_of  # noqa: E402

DICOMWEB = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
PATIENCE = 20  # seconds


def segmented_by_hand(server, worker, **series):
    """One series through the queue, with a segmentation and a report as results: (Orthanc's series, job, the two UIDs)."""
    orthanc_series, _ = send_series(server, **series)
    granted = lease(worker)
    _, source = worker.ask("fetch_instance", job=granted["job"], epoch=granted["epoch"], index=0)
    segmentation = result_of(source, granted)
    report = result_of(source, granted, "measurement_report")
    for dataset, kind in ((segmentation, "segmentation"), (report, "measurement_report")):
        stored, _ = store(worker, granted, dataset, kind=kind)
        assert stored["type"] == "stored", stored
    answer, _ = worker.ask("complete", job=granted["job"], epoch=granted["epoch"],
                           outcome={"state": "done", "results": [], "summary_json": "{}"})
    assert answer["type"] == "ack", answer
    return orthanc_series, granted["job"], str(segmentation.SOPInstanceUID), str(report.SOPInstanceUID)


def uids_in(server):
    return {instance["MainDicomTags"]["SOPInstanceUID"] for instance in server.get("/instances?expand")}


class Destinations(unittest.TestCase):
    def setUp(self):
        self.second = OrthancServer({"Enable": False}, plugins=[DICOMWEB] if os.path.exists(DICOMWEB) else [],
                                    orthanc={"DicomAlwaysAllowStore": True, "DicomCheckCalledAet": False})
        self.addCleanup(self.second.destroy)
        self.second.start()

    def begin(self, destinations, **orthanc):
        self.first = OrthancServer({"Outputs": ["SEG", "SR"], "Destinations": destinations}, orthanc=orthanc,
                                   plugins=[DICOMWEB] if "DicomWeb" in orthanc else [])
        self.addCleanup(self.first.destroy)
        self.first.start()
        worker = worker_of(self.first)
        self.addCleanup(worker.close)
        return worker

    def journal_of(self, job):
        return [(entry["Action"], entry["Subject"]) for entry in deeds(self.first.get("/spineseg/jobs/" + job))]

    def test_a_modality_gets_the_objects_that_it_asked_for_and_no_others(self):
        worker = self.begin([{"Modality": "PACS", "Objects": ["SR"]}, {"Modality": "GONE", "Objects": ["SEG"]}],
                            DicomModalities={"PACS": ["PACS", "127.0.0.1", self.second.dicom_port]})
        _, job, _, report = segmented_by_hand(self.first, worker)
        self.assertTrue(wait_for("the report alone at the modality", lambda: uids_in(self.second) == {report}, PATIENCE))
        self.assertEqual(wait_for("two entries in the journal", lambda: len(self.journal_of(job)) == 2 and self.journal_of(job), PATIENCE),
                         [("sent", "modality PACS"), ("not sent", "modality GONE")])
        self.assertEqual(self.first.get("/spineseg/jobs/" + job)["State"], "done")

    @unittest.skipUnless(os.path.exists(DICOMWEB), "orthanc-dicomweb is not installed")
    def test_a_dicomweb_server_gets_them_too(self):
        worker = self.begin([{"DicomWebServer": "vna", "Objects": ["SEG", "SR"]}],
                            DicomWeb={"Enable": True, "Servers": {"vna": [self.second.url + "/dicom-web/"]}})
        _, job, segmentation, report = segmented_by_hand(self.first, worker)
        self.assertTrue(wait_for("both at the server", lambda: uids_in(self.second) == {segmentation, report}, PATIENCE))
        self.assertEqual(self.journal_of(job), [("sent", "DICOMweb server vna")])


class Superseded(unittest.TestCase):
    def results_after_late_slices(self, policy):
        """(in the archive in the end, of the first job, of the second, the second's journal)"""
        server = OrthancServer({"Outputs": ["SEG", "SR"], "Superseded": policy})
        self.addCleanup(server.destroy)
        server.start()
        worker = worker_of(server)
        self.addCleanup(worker.close)
        series, first_job, *first = segmented_by_hand(server, worker)
        tags = server.get("/series/%s" % series)
        study = server.get("/studies/" + tags["ParentStudy"])["MainDicomTags"]["StudyInstanceUID"]
        _, second_job, *second = segmented_by_hand(server, worker, study=study, first=7, count=2,
                                                   series=tags["MainDicomTags"]["SeriesInstanceUID"])
        self.assertNotEqual(first_job, second_job)
        if policy == "Delete":
            wait_for("the older results to go", lambda: not set(first) & uids_in(server), PATIENCE)
        journal = deeds(server.get("/spineseg/jobs/" + second_job))
        return uids_in(server), set(first), set(second), journal

    def test_older_results_stay_unless_the_configuration_says_otherwise(self):
        there, first, second, journal = self.results_after_late_slices("Keep")
        self.assertTrue(first | second <= there)
        self.assertEqual(journal, [])

    def test_older_results_go_when_late_slices_made_newer_ones_and_the_journal_names_each(self):
        there, first, second, journal = self.results_after_late_slices("Delete")
        self.assertTrue(second <= there)
        self.assertFalse(first & there)
        self.assertEqual({(entry["Action"], entry["Subject"]) for entry in journal}, {("deleted", uid) for uid in first})


if __name__ == "__main__":
    unittest.main()
