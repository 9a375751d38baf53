# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a job, of a real worker's results: the contours lie on the borders of what is stored, the heat map shows the stored
uncertainty, and the slices are turned by keyboard."""
import base64
import io
import pathlib
import tempfile
import unittest

import numpy
from PIL import Image

from browser import Browser, what_is_missing
from deployment import LOGS, Deployment, spineseg
from result_objects import decode_parametric_map, decode_segments, read_dicom

READ = "(which) => document.querySelectorAll('.viewer canvas')[which].toDataURL('image/png').split(',')[1]"


def grown(mask, steps):
    for _ in range(steps):
        wider = mask.copy()
        wider[1:] |= mask[:-1]
        wider[:-1] |= mask[1:]
        wider[:, 1:] |= mask[:, :-1]
        wider[:, :-1] |= mask[:, 1:]
        mask = wider
    return mask


class Picture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if missing := what_is_missing():
            raise unittest.SkipTest(missing)
        work = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="spineseg-web-")))
        spineseg("phantom", "--contrast", "t2", "--seed", 7, "--out", work / "phantom")
        cls.deployment = cls.enterClassContext(Deployment("web-picture"))
        series = cls.deployment.send(work / "phantom" / "dicom")
        cls.browser = Browser(LOGS / "web-picture" / "browser.log")
        cls.addClassCleanup(cls.browser.close)
        cls.job = cls.deployment.wait_until_finished(series)
        assert cls.job["State"] == "done", cls.job
        positions = sorted((numpy.array(read_dicom(file).ImagePositionPatient, float) for file in (work / "phantom" / "dicom").iterdir()),
                           key=lambda position: -position[0])  # along the normal of sagittal slices, as the page has them
        results = {result["Kind"]: cls.deployment.rest.get(f"/instances/{result['Instance']}/file") for result in cls.job["Results"]}
        cls.labels = numpy.array(decode_segments(results["segmentation"], positions))
        cls.percent = numpy.array(decode_parametric_map(results["parametric_map"], positions))
        cls.address = f"http://127.0.0.1:{cls.deployment.http_port}/spineseg/app#/job/{cls.job['ID']}"
        cls.page = cls.browser.open()
        cls.page.goto(cls.address)
        cls.page.wait("() => document.querySelectorAll('.viewer canvas').length === 2")

    def setUp(self):
        self.page.check("text=Contours")
        self.page.check("text=Names")

    def read(self, which):
        """The canvas as an array [y, x, 3], once it stands still."""
        self.page.wait("() => new Promise((done) => setTimeout(() => done(true), 300))")
        picture = base64.b64decode(self.page.evaluate(READ, which))
        return numpy.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), float)

    def slice_shown(self):
        return int(self.page.text(".controls output").split()[1]) - 1

    def on_canvas(self, image, shape):
        """The stored slice at the canvas's pixels."""
        rows = (numpy.arange(shape[0]) + 0.5) * image.shape[0] / shape[0]
        columns = (numpy.arange(shape[1]) + 0.5) * image.shape[1] / shape[1]
        return image[rows.astype(int)[:, None], columns.astype(int)[None, :]]

    def test_it_opens_at_the_midline(self):
        areas = (self.labels == self.labels.max()).sum(axis=(1, 2))  # the canal is the last segment
        page = self.browser.open()
        page.goto(self.address)
        page.waitForSelector(".controls output")
        middle = round(float((areas * numpy.arange(len(areas))).sum() / areas.sum()))
        self.assertEqual(page.text(".controls output"), f"Slice {middle + 1} of {len(areas)}")
        page.close()

    def test_the_contours_lie_on_the_borders_of_the_segments(self):
        self.page.uncheck("text=Names")
        drawn = self.read(0)
        self.page.uncheck("text=Contours")
        changed = numpy.abs(drawn - self.read(0)).max(axis=-1) > 12
        figures = {}
        for index, stored in enumerate(self.labels):
            labels = self.on_canvas(stored, changed.shape)
            border = numpy.zeros_like(changed)
            border[:-1] |= labels[:-1] != labels[1:]
            border[:, :-1] |= labels[:, :-1] != labels[:, 1:]
            figures[index] = (border & changed).sum() / max(1, border.sum()), (changed & grown(border, 4)).sum() / changed.sum()
        shown, near = figures.pop(self.slice_shown())
        self.assertGreater(shown, 0.9, "pixels of a border that are drawn")
        self.assertGreater(near, 0.98, "drawn pixels that are at a border")
        self.assertLess(max(min(figure) for figure in figures.values()), 0.9, "another slice's")

    def test_names_are_drawn_only_where_they_are_wanted(self):
        self.page.uncheck("text=Contours")
        named = self.read(0)
        self.page.uncheck("text=Names")
        self.assertGreater((numpy.abs(named - self.read(0)).max(axis=-1) > 12).sum(), 500)

    def test_the_heat_map_shows_the_stored_uncertainty(self):
        shown = self.read(1)
        colour = shown.max(axis=-1) - shown.min(axis=-1)  # gray where nothing is uncertain
        percent = self.on_canvas(self.percent[self.slice_shown()], colour.shape)
        self.assertGreater(colour[percent > 25].mean(), 60)
        self.assertLess(colour[percent < 1].mean(), 8)
        self.assertGreater(numpy.corrcoef(colour.ravel(), percent.ravel())[0, 1], 0.85)

    def test_the_arrow_keys_turn_the_slices(self):
        before, place = self.read(0), self.slice_shown()
        self.page.focus("input[type=range]")
        self.page.press("ArrowRight")
        self.assertEqual(self.slice_shown(), place + 1)
        self.assertGreater(numpy.abs(self.read(0) - before).mean(), 0.5)
        self.page.press("End")
        self.assertEqual(self.slice_shown(), len(self.labels) - 1)
        self.assertIn("Slice %d of %d" % (len(self.labels), len(self.labels)), self.page.evaluate(
            "() => document.querySelector('input[type=range]').getAttribute('aria-valuetext')"))
        self.page.click("text=Midline")
        self.assertEqual(self.slice_shown(), place)

    def test_the_measures_are_those_of_the_summary(self):
        rows = self.page.texts("table.levels tbody tr")
        structures = [one for one in self.job["Summary"]["structures"] if one["name"].split()[-1] in ("vertebra", "disc")]
        self.assertEqual([row.split("\t")[0].strip() for row in rows], [one["name"] for one in structures])
        for row, structure in zip(rows, structures):
            for measure in structure.get("measurements", []):
                if measure["quantity"].endswith("_height"):
                    self.assertIn("%.1f" % (measure["value"] + 1e-9), row)

    def test_the_picture_has_a_name_for_a_screen_reader(self):
        label = self.page.evaluate("() => document.querySelector('.viewer canvas').getAttribute('aria-label')")
        self.assertRegex(label, r"Slice \d+ of \d+\. Outlined: .*L3 vertebra")

    def test_axe_finds_nothing_in_either_colours(self):
        for scheme in ("light", "dark"):
            page = self.browser.open(colorScheme=scheme)
            page.goto(self.address)
            page.wait("() => document.querySelectorAll('.viewer canvas').length === 2")
            self.assertEqual(page.axe(), [], scheme)
            self.assertEqual(page.errors(), [])
            page.close()

    def test_a_phone_shows_it_without_scrolling_sideways(self):
        page = self.browser.open(viewport={"width": 390, "height": 844})
        page.goto(self.address)
        page.wait("() => document.querySelectorAll('.viewer canvas').length === 2")
        self.assertLessEqual(page.evaluate("() => document.documentElement.scrollWidth"), 390)
        page.close()


if __name__ == "__main__":
    unittest.main()
