# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input gets a clear verdict and harms nothing: everything below goes into one Orthanc with one worker, and is sent before
the first verdict is asked for, so that the series become stable together."""
import json
import pathlib
import shutil
import tempfile
import unittest

from awkward_series import SeriesForge
from deployment import DATA, FINAL_STATES, Deployment, model_folder, spineseg
from rest import wait_for


def phantom(folder):
    spineseg("phantom", "--contrast", "t2", "--seed", 5, "--out", folder)
    return folder / "dicom"


def settled(deployment, series):
    """The verdict once it is final."""
    def final():
        verdict = deployment.verdict(series)
        return verdict if verdict and verdict["State"] in ("ineligible", *FINAL_STATES) else None
    return wait_for(f"a verdict on {series}", final, 120)


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="spineseg-bad-")))
        cls.forge = SeriesForge(phantom(folder / "phantom"), folder)
        cls.deployment = Deployment("bad_input")
        cls.enterClassContext(cls.deployment)
        cls.worker_pid = cls.deployment.worker.pid
        forge = cls.forge
        cls.sent = {make.__name__: cls.deployment.send(make()) for make in (
            forge.localizer, forge.axial, forge.head, forge.three_planes, forge.missing_slice, forge.two_phases, forge.short_pixels,
            forge.unsupported_transfer_syntax, forge.broken_jpeg2000, forge.one_slice, forge.black)}

    def tearDown(self):
        self.assertTrue(self.deployment.orthanc.is_running(), "Orthanc ended:\n" + self.deployment.orthanc.tail())
        self.assertTrue(self.deployment.worker.is_running() and self.deployment.worker.pid == self.worker_pid,
                        "the worker ended:\n" + self.deployment.worker.tail())

    def assert_refused(self, name, *words):
        """Ineligible or rejected, and the reason has one of the words."""
        verdict = settled(self.deployment, self.sent[name])
        self.assertIn(verdict["State"], ("ineligible", "rejected"), verdict)
        self.assertTrue(any(word in verdict["Reason"].lower() for word in words), verdict)
        self.assertEqual(verdict["Results"], [])

    def test_a_localizer(self):
        self.assert_refused("localizer", "localizer")

    def test_an_axial_series(self):
        self.assert_refused("axial", "sagittal", "axial")

    def test_a_head(self):
        self.assert_refused("head", "head", "brain", "region", "body part")

    def test_three_planes_in_one_series(self):
        self.assert_refused("three_planes", "orientation", "plane", "localizer")

    def test_a_missing_slice(self):
        self.assert_refused("missing_slice", "gap", "missing")

    def test_two_phases_of_a_dynamic_series(self):
        self.assert_refused("two_phases", "stack", "position")

    def test_an_instance_with_half_its_pixels(self):
        self.assert_refused("short_pixels", "truncated", "pixel")

    def test_an_unsupported_transfer_syntax(self):
        self.assert_refused("unsupported_transfer_syntax", "transfer syntax", "transfer_syntax")

    def test_an_undecodable_code_stream(self):
        self.assert_refused("broken_jpeg2000", "truncated", "decode", "jpeg")

    def test_a_series_of_one_slice(self):
        self.assert_refused("one_slice", "slice")

    def test_a_black_series(self):
        self.assert_refused("black", "anatomy", "nothing", "empty")

    def test_a_truncated_file(self):
        """Orthanc itself may refuse the file; then the series that remains lacks a slice."""
        folder = self.forge.truncated_file()
        for file in sorted(folder.iterdir()):
            status, answer = self.deployment.rest.store(file.read_bytes())
            if status == 200:
                series = answer["ParentSeries"]
            else:
                self.assertEqual(status, 400, file.name)
        verdict = settled(self.deployment, series)
        self.assertIn(verdict["State"], ("ineligible", "rejected"), verdict)
        self.assertTrue(any(word in verdict["Reason"].lower() for word in ("truncated", "gap", "missing")), verdict)

    def test_z_after_all_of_this_the_queue_goes_on(self):
        """With a series of two echoes at each position: its T2-weighted stack is taken out and segmented."""
        series = self.deployment.send(self.forge.two_echoes())
        job = self.deployment.wait_until_finished(series)
        self.assertEqual(job["State"], "done", job)
        self.assertEqual(self.deployment.rest.get_json("/spineseg/health")["Queue"]["Running"], 0)


class RejectedByQuality(unittest.TestCase):
    def test_nothing_of_a_rejected_segmentation_reaches_the_archive(self):
        """The quality verdict "reject" ended as "done", and all objects were stored and sent on."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="spineseg-reject-")))
        series_folder = phantom(folder / "phantom")
        model = folder / "model"
        shutil.copytree(model_folder(), model)
        manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
        manifest["quality"].update(reject_below=1.0, review_below=1.0)
        (model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with Deployment("rejected_by_quality", model=model) as deployment:
            series = deployment.send(series_folder)
            job = deployment.wait_until_finished(series)
            self.assertEqual((job["State"], job["Error"]["Code"]), ("rejected", "quality_rejected"), job)
            self.assertEqual(deployment.rest.get_json("/series"), [series])
        with Deployment("rejected_and_kept", model=model, settings={"KeepRejected": True}) as deployment:
            job = deployment.wait_until_finished(deployment.send(series_folder))
            self.assertEqual((job["State"], job["Error"]["Code"], len(job["Results"])), ("rejected", "quality_rejected", 3), job)
            self.assertEqual(job["Summary"]["quality"]["verdict"], "reject")
            for item in job["Results"]:
                described = deployment.rest.get_json(f"/instances/{item['Instance']}/simplified-tags")
                self.assertTrue(described["SeriesDescription"].startswith("REJECTED: AI Lumbar"), described["SeriesDescription"])
                self.assertTrue(described.get("ContentDescription", "REJECTED: ").startswith("REJECTED: "))


@unittest.skipUnless((DATA / "dicom").is_dir(), "no ../shared/data/dicom")
class RealBadInput(unittest.TestCase):
    """Awkward series from real scanners: none of them is a lumbar stack that can be segmented."""

    @classmethod
    def setUpClass(cls):
        cls.deployment = Deployment("real_bad_input")
        cls.enterClassContext(cls.deployment)
        cls.sent = {folder: cls.send_all(folder) for folder in (
            "ge-localizer", "philips-dual-echo", "uih-sagittal-head", "lumbar", "broken", "enhanced-encodings", "philips-enhanced")}

    @classmethod
    def send_all(cls, folder):
        """Everything that Orthanc accepts; returns the ids of the series."""
        series = set()
        for file in sorted((DATA / "dicom" / folder).iterdir()):
            status, answer = cls.deployment.rest.store(file.read_bytes())
            if status == 200:
                series.add(answer["ParentSeries"])
        return series

    def assert_none_is_segmented(self, folder, at_least=1):
        self.assertGreaterEqual(len(self.sent[folder]), at_least)
        for series in self.sent[folder]:
            verdict = settled(self.deployment, series)
            self.assertIn(verdict["State"], ("ineligible", "rejected"), verdict)
            self.assertTrue(verdict["Reason"], verdict)
        self.assertTrue(self.deployment.orthanc.is_running() and self.deployment.worker.is_running())

    def test_three_planes_from_ge(self):
        self.assert_none_is_segmented("ge-localizer")

    def test_two_echoes_from_philips(self):
        self.assert_none_is_segmented("philips-dual-echo")

    def test_a_sagittal_head_from_united_imaging(self):
        self.assert_none_is_segmented("uih-sagittal-head")

    def test_a_lone_lumbar_slice_from_hitachi(self):
        self.assert_none_is_segmented("lumbar")

    def test_damaged_files(self):
        self.assert_none_is_segmented("broken")

    def test_enhanced_objects_in_many_encodings(self):
        self.assert_none_is_segmented("enhanced-encodings")

    def test_an_enhanced_head_from_philips(self):
        self.assert_none_is_segmented("philips-enhanced")
