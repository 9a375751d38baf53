# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images of a series are the anatomy: every case of series_cases.py, on the command line, in Orthanc and through `segment`."""
import io
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import pydicom

import series_values
from deployment import SOURCE, SPINESEG, Deployment, model_folder, spineseg
from case_builder import turned_over
from series_cases import CASES, SeriesCases

README = SOURCE / "eligibility" / "README.md"
BEGIN, END = "<!-- explain --table -->\n", "<!-- end of the table -->"


def phantom(folder, *options, slices=13):
    spineseg("phantom", "--out", folder, "--seed", 11, "--slices", slices, *options)
    return folder / "dicom"


def segment(folder, out, *options):
    """Exit status and what was said; the presegmentation alone."""
    command = [SPINESEG, "segment", folder, "--out", out, "--model", model_folder(), "--samples", 0, *options]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout + done.stderr


class Explained(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="spineseg-cases-")))
        cls.cases = SeriesCases(phantom(cls.folder / "phantom", "--rows", 200, "--columns", 200, "--pixel-spacing", 1.5), cls.folder / "all")
        cls.cases.make_all()
        answers = json.loads(spineseg("explain", "--json", cls.folder / "all"))
        cls.unreadable = answers["Unreadable"]
        cls.answers = {pathlib.Path(answer["Folder"]).name: answer for answer in answers["Series"]}

    def test_each_case_says_what_would_be_read_or_why_nothing(self):
        self.assertEqual(self.unreadable, [])
        self.assertEqual(sorted(self.answers), sorted(CASES))
        for case, (_, reads, refused) in CASES.items():
            answer = self.answers[case]
            with self.subTest(case):
                self.assertEqual(answer["WouldRun"], reads is not None, answer["Reason"])
                chosen = [stack["Description"] for stack in answer["Stacks"] if stack["Chosen"]]
                if reads:
                    self.assertEqual(len(chosen), 1)
                    self.assertIn(reads, chosen[0])
                    self.assertNotIn("no anatomy", chosen[0])
                else:
                    self.assertIn(refused, answer["Reason"] + json.dumps(answer["Reading"]).replace('\\"', '"'))

    def test_what_is_left_aside_is_named(self):
        self.assertIn("is no MR image", self.answers["13-secondary-capture"]["LeftAside"][0])
        self.assertIn("lacks a readable position", self.answers["13-mip-without-position"]["LeftAside"][0])
        [odd] = self.answers["22-odd-slice-at-the-end"]["LeftAside"]
        self.assertIn("I0001.dcm", odd)
        self.assertIn("pixel spacing", odd)
        self.assertIn("I0006.dcm", self.answers["22-odd-pixel-spacing"]["Reading"]["Detail"])
        self.assertIn("I0006.dcm", self.answers["22-odd-orientation"]["Reading"]["Detail"])

    def test_the_table_in_the_readme_is_what_explain_prints(self):
        printed = spineseg("explain", "--table", self.folder / "all")
        text = README.read_text(encoding="utf-8")
        written = text[text.index(BEGIN) + len(BEGIN):text.index(END)]
        self.assertEqual(written, printed, "put the new table into eligibility/README.md")

    def test_orthanc_answers_the_same(self):
        """Which stack would be read was known to the worker alone: a job was spent to learn it."""
        def without_names(descriptions):
            return [re.sub(r"\((?:I\d+\.dcm|[0-9a-f-]{44})", "(…", text) for text in descriptions]
        with Deployment("series_cases", with_worker=False) as deployment:
            for case, answer in self.answers.items():
                with self.subTest(case):
                    series = deployment.send(self.folder / "all" / case)
                    status, body = deployment.rest.request("POST", f"/series/{series}/explain", b"{}")
                    self.assertEqual(status, 200, body)
                    told = json.loads(body)
                    self.assertEqual(told["Eligible"], answer["WouldRun"], told["Reason"])
                    self.assertEqual(told["Rule"], answer["Rule"])
                    self.assertEqual(without_names(stack["Description"] for stack in told["Stacks"]),
                                     without_names(stack["Description"] for stack in answer["Stacks"]))
                    self.assertEqual((told["Reading"] or {}).get("Code"), (answer["Reading"] or {}).get("Code"))
                    self.assertEqual(len(told["LeftAside"]), len(answer["LeftAside"]))

    def test_segment_reads_what_explain_says(self):
        """`segment` cites the instances it has read: the water images and no others."""
        case = "01-dixon-fat-first"
        status, said = segment(self.folder / "all" / case, self.folder / "out", "--outputs", "SEG")
        self.assertEqual(status, 0, said)
        seg = pydicom.dcmread(self.folder / "out" / "segmentation.dcm")
        cited = {item.ReferencedSOPInstanceUID for series in seg.ReferencedSeriesSequence for item in series.ReferencedInstanceSequence}
        water = {pydicom.dcmread(file, stop_before_pixels=True).SOPInstanceUID for file in (self.folder / "all" / case).iterdir()
                 if "WATER" in pydicom.dcmread(file, stop_before_pixels=True).ImageType}
        self.assertEqual(cited, water)

    def test_a_stray_file_is_left_aside_and_named_by_both(self):
        """`explain` listed it and said that the series would be read; `segment` refused the folder."""
        folder = self.folder / "stray"
        shutil.copytree(self.folder / "phantom" / "dicom", folder)
        for name in ("notes.txt", "Thumbs.db", "DicomDir", ".DS_Store"):
            (folder / name).write_bytes(b"no image" * 40)
        answer = json.loads(spineseg("explain", "--json", folder))
        self.assertTrue(answer["Series"][0]["WouldRun"])
        self.assertEqual([(pathlib.Path(file["File"]).name, file["LeftAside"]) for file in answer["Unreadable"]],
                         [("Thumbs.db", True), ("notes.txt", True)])
        status, said = segment(folder, self.folder / "stray-out", "--outputs", "SEG")
        self.assertEqual(status, 0, said)
        self.assertIn("Left aside: notes.txt is no DICOM file", said)
        self.assertIn("Left aside: Thumbs.db is no DICOM file", said)
        # A damaged image is no stray file: both refuse.
        (folder / "I0099.dcm").write_bytes(b"")
        answer = json.loads(spineseg("explain", "--json", folder))
        self.assertFalse(answer["Series"][0]["WouldRun"])
        self.assertNotEqual(segment(folder, self.folder / "damaged-out")[0], 0)

    def test_segment_refuses_what_explain_refuses(self):
        for case in ("03-fat-alone", "18-field-of-view-900-mm", "22-odd-pixel-spacing", "10-no-frame-of-reference"):
            status, said = segment(self.folder / "all" / case, self.folder / "refused", "--outputs", "SEG")
            self.assertNotEqual(status, 0, case)
            self.assertFalse((self.folder / "refused").exists(), case)
            self.assertTrue(said.strip(), case)

    def test_a_sites_words_reach_segment_and_explain_alike(self):
        rules = self.folder / "rules.json"
        rules.write_text('{"images": {"anatomy": ["quux"]}}', encoding="utf-8")
        folder = self.folder / "all" / "02-unknown-word"
        answer = json.loads(spineseg("explain", "--json", "--rules", rules, folder))["Series"][0]
        self.assertTrue(answer["WouldRun"], answer["Reason"])
        self.assertNotEqual(segment(folder, self.folder / "words")[0], 0)
        status, said = segment(folder, self.folder / "words", "--rules", rules)
        self.assertEqual(status, 0, said)


class SiteWords(unittest.TestCase):
    """Words of Image Type that a site adds reach the verdict in Orthanc and, with the job, the worker's reader."""

    def test_a_real_worker_reads_what_the_sites_words_make_anatomy(self):
        with tempfile.TemporaryDirectory(prefix="spineseg-words-") as folder:
            folder = pathlib.Path(folder)
            cases = SeriesCases(phantom(folder / "phantom", "--rows", 200, "--columns", 200, "--pixel-spacing", 1.5), folder)
            known = cases.write("known", cases.stack("known", "quux", ImageType=["ORIGINAL", "PRIMARY", "M", "QUUX"])
                                + cases.stack("known", "never", turned_over, ImageType=["ORIGINAL", "PRIMARY", "M", "UCA"]))
            with Deployment("site_words", settings={"Rules": {"images": {"anatomy": ["quux"], "never": ["uca"]}}, "Outputs": ["SEG"]}) as deployment:
                series = deployment.send(known)
                job = deployment.wait_until_finished(series)
                self.assertEqual(job["State"], "done", job)
                [result] = job["Results"]
                seg = pydicom.dcmread(io.BytesIO(deployment.rest.get(f"/instances/{result['Instance']}/file")))
                cited = {item.ReferencedSOPInstanceUID for one in seg.ReferencedSeriesSequence for item in one.ReferencedInstanceSequence}
                quux = {dataset.SOPInstanceUID for dataset in map(pydicom.dcmread, known.iterdir()) if "QUUX" in dataset.ImageType}
                self.assertEqual(cited, quux)


class Values(unittest.TestCase):
    """The same image, by other numbers."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="spineseg-values-")))
        cls.cases = SeriesCases(phantom(cls.folder / "phantom", "--rows", 256, "--columns", 256, "--pixel-spacing", 1.1719, slices=7), cls.folder)
        cls.plain = cls.dice(cls.cases.write("plain", cls.cases.stack("plain")))

    @classmethod
    def dice(cls, folder):
        status, said = segment(folder, folder.parent / (folder.name + "-out"), "--json", "--truth", cls.folder / "phantom" / "labels.mha")
        assert status == 0, said
        return json.JSONDecoder().raw_decode(said[said.index("{"):])[0]["dice"]

    def assert_same(self, case, datasets, wanted):
        dice = self.dice(self.cases.write(case, datasets))
        for structure, value in wanted.items():
            self.assertAlmostEqual(dice[structure], value, delta=0.005, msg=f"{case}: {structure}")

    def test_values_below_zero_change_nothing(self):
        """With Rescale Intercept -200 the vertebrae lost 0.025 Dice; with -2000 or signed pixels nothing was found."""
        self.assertGreater(self.plain["vertebra"], 0.8)
        self.assert_same("offset", series_values.with_offset(self.cases, "offset", -2000, False), self.plain)
        self.assert_same("signed", series_values.with_offset(self.cases, "signed", -2000, True), self.plain)

    def test_a_modality_lut_is_applied(self):
        """It was ignored: the image was segmented with its contrast turned over."""
        self.assert_same("lut", series_values.with_lut(self.cases, "lut"), self.plain)

    def test_pixel_padding_is_no_signal(self):
        """A rim of +32767 set the range of the image, and no anatomy was found."""
        zero = self.dice(self.cases.write("zero", series_values.with_rim(self.cases, "zero", 0)))
        self.assert_same("high", series_values.with_rim(self.cases, "high", 32767), zero)

    def test_samples_beyond_bits_stored_are_refused(self):
        """They wrapped without a word: the canal's Dice fell to 0.68."""
        folder = self.cases.write("bits", series_values.beyond_bits_stored(self.cases, "bits"))
        status, said = segment(folder, self.folder / "bits-out")
        self.assertNotEqual(status, 0)
        self.assertIn("Bits Stored", said)

    def test_an_sform_of_another_size_than_pixdim_is_refused(self):
        """A body of 21.6 mm became one of 25.9 mm."""
        for scale, wanted in ((1.0, True), (1.2, False)):
            file = self.folder / f"scaled-{scale}.nii.gz"
            series_values.write_nifti(self.cases, file, scale)
            status, said = segment(file, self.folder / f"nifti-{scale}")
            self.assertEqual(status == 0, wanted, said)
        self.assertIn("sform", said)

    def test_the_same_instances_under_another_patient_give_other_objects(self):
        """Both had the same SOP Instance UIDs and different bytes."""
        uids = set()
        for patient in ("A", "B"):
            folder = self.cases.write("patient-" + patient, self.cases.stack("patient", PatientID=patient, PatientName="Invented^" + patient))
            status, said = segment(folder, self.folder / ("of-" + patient), "--outputs", "SEG")
            self.assertEqual(status, 0, said)
            uids.add(pydicom.dcmread(self.folder / ("of-" + patient) / "segmentation.dcm", stop_before_pixels=True).SOPInstanceUID)
        self.assertEqual(len(uids), 2)
