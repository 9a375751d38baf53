# SPDX-License-Identifier: GPL-3.0-or-later
"""A series arrives and its segmentation comes back: a real Orthanc, the plugin, a real worker, the shipped model."""
import pathlib
import tempfile
import unittest

import numpy

from deployment import DATA, Deployment, model_folder, spineseg
from result_objects import (decode_parametric_map, decode_segmentation, dice, evidence_of, folded, read_dicom, read_mha, referenced_instances,
                            resampled_to, source_positions)
from rest import wait_for

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
PARAMETRIC_MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.30"


class Chain:
    """What holds for every series that is segmented; subclasses make one."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="spineseg-chain-")
        cls.addClassCleanup(cls.folder.cleanup)
        work = pathlib.Path(cls.folder.name)
        cls.series_folder, cls.truth = cls.make_series(work)
        cls.positions, cls.uids = source_positions(cls.series_folder)
        cls.deployment = Deployment(cls.__name__)
        cls.enterClassContext(cls.deployment)
        cls.deployment.send_by_dicom(cls.series_folder)
        [series] = cls.deployment.rest.get_json("/series")[:1]
        cls.series = series
        cls.job = cls.deployment.wait_until_finished(series)
        cls.verdict = cls.deployment.verdict(series)
        cls.results = {item["Kind"]: item for item in cls.job["Results"]}
        cls.objects = {kind: cls.deployment.rest.get(f"/instances/{item['Instance']}/file") for kind, item in cls.results.items()}
        # The command line on the same instances with the same seed: the other way to the same result.
        spineseg("segment", cls.series_folder, "--out", work / "by-hand", "--model", model_folder(), "--seed", cls.job["Seed"])
        cls.by_hand = work / "by-hand"

    def test_the_job_is_done_at_the_first_attempt(self):
        self.assertEqual((self.job["State"], self.job["Attempts"]), ("done", 1), self.job)

    def test_the_series_says_done_and_names_its_results(self):
        self.assertEqual(self.verdict["State"], "done")
        self.assertEqual(len(self.verdict["Results"]), 3)

    def test_segmentation_parametric_map_and_report_stand_in_the_same_study(self):
        self.assertEqual(set(self.objects), {"segmentation", "parametric_map", "measurement_report"})
        study = self.deployment.rest.get_json(f"/series/{self.series}")["ParentStudy"]
        modalities = sorted(self.deployment.rest.get_json(f"/series/{series}")["MainDicomTags"]["Modality"]
                            for series in self.deployment.rest.get_json(f"/studies/{study}")["Series"])
        self.assertEqual(modalities, ["MR", "OT", "SEG", "SR"])
        self.assertEqual(read_dicom(self.objects["segmentation"]).SOPClassUID, SEGMENTATION_STORAGE)
        self.assertEqual(read_dicom(self.objects["parametric_map"]).SOPClassUID, PARAMETRIC_MAP_STORAGE)

    def test_all_cite_every_source_instance_and_the_report_the_others(self):
        images = {kind: dicom for kind, dicom in self.objects.items() if kind != "measurement_report"}
        for kind, dicom in images.items():
            self.assertEqual(referenced_instances(dicom), set(self.uids), kind)
        made = {str(read_dicom(dicom).SOPInstanceUID) for dicom in images.values()}
        self.assertEqual(evidence_of(self.objects["measurement_report"]), set(self.uids) | made)

    def test_the_summary_names_levels_and_measures(self):
        summary = self.job["Summary"]
        self.assertIn("determined", summary["numbering"])
        self.assertGreater(sum(len(item.get("measurements", [])) for item in summary["structures"]), 20)

    def test_the_segmentation_equals_the_command_lines_voxel_by_voxel(self):
        levels, positions, _, _ = read_mha(self.by_hand / "levels.mha")
        decoded = decode_segmentation(self.objects["segmentation"], positions)
        self.assertTrue((decoded != 0).any())
        self.assertEqual(int((decoded != folded(levels)).sum()), 0)
        labels = read_mha(self.by_hand / "labels.mha")[0]
        self.assertLess(int((labels != folded(levels)).sum()), 0.05 * int((labels != 0).sum()), "too much belongs to no level")

    def test_the_parametric_map_equals_the_command_lines_voxel_by_voxel(self):
        voxels, positions, _, _ = read_mha(self.by_hand / "uncertainty.mha")
        decoded = decode_parametric_map(self.objects["parametric_map"], positions)
        self.assertGreater(float(decoded.max()), 1.0)
        self.assertLessEqual(float(decoded.max()), 100.0)
        numpy.testing.assert_allclose(decoded, voxels * 100, atol=1e-3)

    def test_the_command_line_writes_the_same_pixels_into_its_own_dicom_files(self):
        for kind, name, element in (("segmentation", "segmentation.dcm", "PixelData"), ("parametric_map", "uncertainty.dcm", "FloatPixelData")):
            own = read_dicom((self.by_hand / name).read_bytes())
            self.assertEqual(own[element].value, read_dicom(self.objects[kind])[element].value, kind)

    def test_our_own_results_are_never_queued(self):
        for item in self.results.values():
            verdict = wait_for("a verdict on our own result", lambda item=item: self.settled(item["Series"]), 60)
            self.assertEqual(verdict["State"], "ineligible", verdict)
        self.assertEqual(len(self.deployment.jobs()), 1)

    def settled(self, series):
        verdict = self.deployment.verdict(series)
        return verdict if verdict and verdict["State"] != "waiting" else None

    def test_it_agrees_with_the_truth(self):
        """A figure that a mirrored or shifted result cannot reach; how good the model is stands in its card."""
        _, positions, _, _ = read_mha(self.by_hand / "labels.mha")
        decoded = decode_segmentation(self.objects["segmentation"], positions)
        figures = dice(decoded, resampled_to(self.by_hand / "labels.mha", self.truth))
        self.assertEqual(set(figures), {1, 100, 201})
        for label, figure in figures.items():
            self.assertGreater(figure, self.least_dice, figures)


class PhantomChain(Chain, unittest.TestCase):
    least_dice = 0.5

    @classmethod
    def make_series(cls, work):
        spineseg("phantom", "--contrast", "t2", "--seed", 7, "--out", work / "phantom")
        return work / "phantom" / "dicom", work / "phantom" / "labels.mha"


@unittest.skipUnless((DATA / "spider-native").is_dir(), "no ../shared/data/spider-native")
class RealCaseChain(Chain, unittest.TestCase):
    """SPIDER case 98, a hold-out patient."""
    least_dice = 0.8

    @classmethod
    def make_series(cls, work):
        native = DATA / "spider-native"
        spineseg("dicomize", native / "images" / "98_t2_SPACE.mha", "--headers", DATA / "spider-headers" / "overview.csv",
                 "--row", "98_t2_SPACE", "--out", work / "series")
        return work / "series", native / "masks" / "98_t2_SPACE.mha"
