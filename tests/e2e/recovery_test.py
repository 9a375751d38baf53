# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is killed in the middle, the job is done once, with one result series of each kind."""
import pathlib
import tempfile
import unittest

from awkward_series import SeriesForge
from deployment import FINAL_STATES, Deployment, spineseg


def a_deployment(name, **options):
    """With jobs as short as they get: what comes out of them does not matter here."""
    return Deployment(name, settings={"Samples": 1}, **options)


class Recovery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="spineseg-recovery-"))
        spineseg("phantom", "--contrast", "t2", "--seed", 3, "--slices", 7, "--out", pathlib.Path(folder) / "phantom")
        cls.series_folder = pathlib.Path(folder) / "phantom" / "dicom"
        cls.other_series_folder = SeriesForge(cls.series_folder, folder).good_series("another")

    def wait_until_computing(self, deployment, series):
        """Until the network has done some of its work: the middle."""
        job = deployment.wait_for_job(series, lambda job: job["State"] in FINAL_STATES or
                                 (job["State"] == "running" and job["Stage"] in ("presegmentation", "diffusion")), 120,
                                 "a job that computes")
        self.assertEqual(job["State"], "running", "the job ended before it could be disturbed")

    def assert_done_once(self, deployment, series):
        job = deployment.wait_until_finished(series)
        self.assertEqual(job["State"], "done", job)
        self.assertEqual(len(deployment.jobs()), 1)
        study = deployment.rest.get_json(f"/series/{series}")["ParentStudy"]
        all_series = [deployment.rest.get_json(f"/series/{id}") for id in deployment.rest.get_json(f"/studies/{study}")["Series"]]
        self.assertEqual(sorted(s["MainDicomTags"]["Modality"] for s in all_series), ["MR", "OT", "SEG", "SR"])
        for result in all_series:
            if result["MainDicomTags"]["Modality"] != "MR":
                self.assertEqual(len(result["Instances"]), 1)
        return job

    def test_a_worker_killed_in_the_middle_costs_one_attempt_and_nothing_else(self):
        with a_deployment("worker_killed") as deployment:
            series = deployment.send(self.series_folder)
            self.wait_until_computing(deployment, series)
            deployment.worker.kill()
            deployment.wait_for_job(series, lambda job: job["State"] == "queued", 30, "the job back in the queue")
            deployment.start_worker()
            job = self.assert_done_once(deployment, series)
            self.assertEqual(job["Attempts"], 2)

    def test_a_worker_in_the_middle_of_a_job_is_confined_in_every_thread(self):
        # Symptom: OpenBLAS starts its threads before main; one of two had no filter and could open an Internet socket.
        with a_deployment("worker_confined") as deployment:
            series = deployment.send(self.series_folder)
            self.wait_until_computing(deployment, series)
            log = (deployment.logs / "worker.log").read_text(encoding="utf-8")
            if "built with a sanitizer" not in log and "has no Landlock" not in log:
                threads = list(pathlib.Path(f"/proc/{deployment.worker.pid}/task").iterdir())
                self.assertGreaterEqual(len(threads), 2)
                for thread in threads:
                    status = dict(line.split(":\t") for line in (thread / "status").read_text().splitlines() if ":\t" in line)
                    self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"), thread.name)
                [worker] = deployment.rest.get_json("/spineseg/health")["Workers"]
                self.assertEqual(worker["Cage"]["Whole"], True, worker)
            self.assert_done_once(deployment, series)

    def test_orthanc_restarted_in_the_middle_loses_nothing(self):
        with a_deployment("orthanc_restarted") as deployment:
            series = deployment.send(self.series_folder)
            self.wait_until_computing(deployment, series)
            worker = deployment.worker.pid
            deployment.restart_orthanc()
            self.assert_done_once(deployment, series)
            self.assertTrue(deployment.worker.is_running() and deployment.worker.pid == worker, "the worker should have reconnected by itself")

    def test_orthanc_killed_in_the_middle_loses_nothing(self):
        with a_deployment("orthanc_killed") as deployment:
            series = deployment.send(self.series_folder)
            self.wait_until_computing(deployment, series)
            deployment.restart_orthanc(kill=True)
            self.assert_done_once(deployment, series)
            self.assertTrue(deployment.worker.is_running())

    def test_a_series_whose_stable_event_was_lost_by_a_restart_is_found_again(self):
        # Orthanc keeps the list of series that wait to become stable in memory only: a kill before StableAge loses it.
        with a_deployment("event_lost", orthanc_settings={"StableAge": 600}, with_worker=False) as deployment:
            series = deployment.send(self.series_folder)
            self.assertEqual(deployment.jobs(), [])
            deployment.orthanc_settings = {}
            deployment.restart_orthanc(kill=True)
            deployment.start_worker()
            self.assert_done_once(deployment, series)

    def test_a_series_that_arrives_while_no_worker_runs_waits_for_one(self):
        with a_deployment("no_worker", with_worker=False) as deployment:
            series = deployment.send(self.series_folder)
            deployment.wait_for_job(series, lambda job: job["State"] == "queued", 60, "a queued job")
            deployment.start_worker()
            self.assert_done_once(deployment, series)

    def test_a_worker_that_starts_before_orthanc_waits_for_it(self):
        with a_deployment("worker_first", with_worker=False) as deployment:
            deployment.orthanc.stop()
            deployment.start_worker()
            deployment.start_orthanc()
            self.assert_done_once(deployment, deployment.send(self.series_folder))

    def test_the_same_series_sent_twice_is_segmented_once(self):
        with a_deployment("sent_twice") as deployment:
            series = deployment.send(self.series_folder)
            self.assert_done_once(deployment, series)
            self.assertEqual(deployment.send(self.series_folder), series)
            # A second series that comes after it has been judged and done shows that the first one's turn has passed.
            other = deployment.send(self.other_series_folder)
            self.assertEqual(deployment.wait_until_finished(other)["State"], "done")
            self.assertEqual(len(deployment.jobs()), 2)
            self.assertEqual(deployment.wait_until_finished(series)["Attempts"], 1)

    def test_a_worker_asked_to_stop_hands_the_job_back_without_an_attempt(self):
        with a_deployment("worker_stopped") as deployment:
            series = deployment.send(self.series_folder)
            self.wait_until_computing(deployment, series)
            self.assertEqual(deployment.worker.stop(), 0)
            deployment.wait_for_job(series, lambda job: job["State"] == "queued", 30, "the job back in the queue")
            deployment.start_worker()
            self.assertEqual(self.assert_done_once(deployment, series)["Attempts"], 1)
