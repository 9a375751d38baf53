# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader sees: the results of the whole chain in OHIF, in Chromium, held against what is stored, pixel by pixel.

A real Orthanc with its DICOMweb plugin, our plugin and a worker get the phantom; photograph_ohif.mjs opens the study, loads
both results and photographs two slices; here the pictures are compared with what pydicom reads from the same objects.
"""
import importlib.util
import itertools
import json
import pathlib
import shutil
import tempfile
import unittest

import numpy

from deployment import LOGS, PLUGIN, SOURCE, Deployment, spineseg
from process import Process
from result_objects import decode_parametric_map, decode_segments, read_dicom
from rest import wait_for

TOOLS = SOURCE / ".cache" / "viewer"
DICOMWEB = pathlib.Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
SECONDS = 240  # for all pictures; some 40 on two idle cores
SLICES = {"middle": 0.5, "side": 0.7}  # where in the stack, from the patient's right
OVERLAP, SHARE = 0.97, 0.9  # the least Dice of a segment's pixels, the least share that a colour map explains
OWN_NOTICE = "warning: The values are multiplied by 100 in the viewport for better visibility"  # OHIF's, of every map

if importlib.util.find_spec("PIL"):
    from viewer_picture import (FLIPS, SliceOnPicture, correlation, displayed_colour, overlap, overlay_of, read_picture,
                                segments_seen, share_explained)


def what_is_missing():
    """The first thing to install, or None."""
    if not importlib.util.find_spec("PIL"):
        return "python3-pil is not installed: tools/install-packages.sh --test"
    if not DICOMWEB.exists():
        return "orthanc-dicomweb is not installed: tools/install-packages.sh --test"
    if not shutil.which("chromium"):
        return "chromium is not installed: tools/install-packages.sh --test"
    if not shutil.which("node"):
        return "node is not installed (18 or later)"
    if not all((TOOLS / name / "installed").exists() for name in ("node", "ohif")):
        return "OHIF is not installed: tests/viewer/install.sh"
    return None


class Slice:
    """One slice of the source series and where its corners are (mm, LPS)."""

    def __init__(self, file):
        self.dataset = read_dicom(file)
        self.sop = str(self.dataset.SOPInstanceUID)
        self.position, axes = (numpy.array(self.dataset[name].value, float) for name in ("ImagePositionPatient", "ImageOrientationPatient"))
        row_spacing, column_spacing = map(float, self.dataset.PixelSpacing)
        self.corners = [self.position, self.position + axes[:3] * column_spacing * (self.dataset.Columns - 1),
                        self.position + axes[3:] * row_spacing * (self.dataset.Rows - 1)]

    @property
    def pixels(self):
        return self.dataset.pixel_array.astype(float)


class Ohif(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if missing := what_is_missing():
            raise unittest.SkipTest(missing)
        work = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="spineseg-viewer-")))
        spineseg("phantom", "--contrast", "t2", "--seed", 7, "--out", work / "phantom")
        cls.source = sorted(map(Slice, sorted((work / "phantom" / "dicom").iterdir())), key=lambda s: s.position[0])
        cls.shown = {name: int(len(cls.source) * place) for name, place in SLICES.items()}
        cls.deployment = Deployment("ohif", orthanc_settings={"Plugins": [str(PLUGIN), str(DICOMWEB)]})
        cls.enterClassContext(cls.deployment)
        cls.series = cls.deployment.send(work / "phantom" / "dicom")
        cls.read_results(cls.deployment.wait_until_finished(cls.series))
        cls.pictures = LOGS / "ohif" / "pictures"
        cls.pictures.mkdir()
        cls.photograph()

    @classmethod
    def read_results(cls, job):
        assert job["State"] == "done", job
        results = {item["Kind"]: cls.deployment.rest.get(f"/instances/{item['Instance']}/file") for item in job["Results"]}
        cls.segmentation, cls.map = (read_dicom(results[kind]) for kind in ("segmentation", "parametric_map"))
        positions = [s.position for s in cls.source]
        cls.segments = decode_segments(results["segmentation"], positions)
        cls.percent = decode_parametric_map(results["parametric_map"], positions)
        cls.colours = [displayed_colour(s.RecommendedDisplayCIELabValue) for s in cls.segmentation.SegmentSequence]

    @classmethod
    def photograph(cls):
        order = {
            "node": str(TOOLS / "node"), "dist": str(TOOLS / "ohif" / "dist"), "chromium": shutil.which("chromium"),
            "orthancPort": cls.deployment.http_port, "study": str(cls.segmentation.StudyInstanceUID), "out": str(cls.pictures),
            "segmentation": str(cls.segmentation.SeriesInstanceUID), "map": str(cls.map.SeriesInstanceUID),
            "slices": [{"name": name, "sop": cls.source[i].sop, "corners": [list(c) for c in cls.source[i].corners]}
                       for name, i in cls.shown.items()],
        }
        file = cls.pictures / "order.json"
        file.write_text(json.dumps(order, indent=1), encoding="utf-8")
        browser = Process(["node", pathlib.Path(__file__).with_name("photograph_ohif.mjs"), file], LOGS / "ohif" / "browser.log")
        try:
            wait_for("the pictures", lambda: not browser.is_running(), SECONDS, interval=0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{browser.tail()}") from None
        finally:
            browser.stop()
        report = cls.pictures / "report.json"
        assert report.exists(), browser.tail()
        cls.report = json.loads(report.read_text(encoding="utf-8"))

    def view(self, name, kind, bare):
        """Where the slice lies, the pixels with the overlay and those without it."""
        places = [self.report["pictures"][f"{which}-{name}"]["corners"] for which in (kind, bare)]
        self.assertEqual(places[0], places[1], "the view has moved")
        place = SliceOnPicture(places[0], self.segments.shape[1:])
        return place, *(read_picture(self.pictures / f"{which}-{name}.png")[place.part] for which in (kind, bare))

    def assert_only_this_fits(self, name, volume, figure, least):
        """figure(slice image) must reach `least` for the slice that is shown, and less for its mirror images, for itself moved by
        one voxel, and for all other slices."""
        own = self.shown[name]
        best = figure(volume[own])
        self.assertGreaterEqual(best, least, name)
        for flip, index in FLIPS.items():
            self.assertLess(figure(volume[own][index]), 0.8 * best, f"{name}, {flip}")
        for axis, step in itertools.product((0, 1), (-1, 1)):
            self.assertLess(figure(numpy.roll(volume[own], step, axis)), best, f"{name}, moved by {step} along axis {axis}")
        for i, other in enumerate(volume):
            if i != own:
                self.assertLess(figure(other), best, f"{name} against slice {i}")

    def test_the_study_lists_the_series_and_both_results(self):
        listed = self.report["seriesShown"]
        self.assertEqual(listed[str(self.source[0].dataset.SeriesInstanceUID)], "MR")
        self.assertEqual(listed[str(self.segmentation.SeriesInstanceUID)], "SEG")
        self.assertEqual(listed[str(self.map.SeriesInstanceUID)], "PMAP")

    def test_the_image_is_the_source_slice_seen_from_the_left_with_the_head_up(self):
        """Compared with the stored pixels: the ground on which the overlays are judged."""
        volume = [s.pixels for s in self.source]
        for name in SLICES:
            place, bare, _ = self.view(name, "bare", "bare")
            self.assert_only_this_fits(name, volume, lambda image: correlation(place.linear(image), bare.mean(axis=-1)), 0.97)
            picture = self.report["pictures"][f"bare-{name}"]
            self.assertEqual((picture["left"], picture["top"]), ("A", "H"))

    def test_the_overlay_covers_the_segmented_voxels_and_no_others(self):
        for name in SLICES:
            place, seen, bare = self.view(name, "segmentation", "bare")
            painted = overlay_of(seen, bare)
            self.assert_only_this_fits(name, self.segments > 0, lambda image: overlap(place.nearest(image), painted), OVERLAP)

    def test_every_segment_is_painted_in_its_own_colour_where_it_lies(self):
        numbers = [int(s.SegmentNumber) for s in self.segmentation.SegmentSequence]
        met = set()
        for name, own in self.shown.items():
            place, seen, bare = self.view(name, "segmentation", "bare")
            found, expected = segments_seen(seen, bare, self.colours, self.report["opacities"]), place.nearest(self.segments[own])
            for i, number in enumerate(numbers):
                if (expected == number).any():
                    met.add(number)
                    self.assertGreaterEqual(overlap(found == i + 1, expected == number), OVERLAP, f"{name}, segment {number}")
        self.assertGreaterEqual(len(met), 3)

    def test_the_viewer_names_counts_and_colours_every_segment_as_stored(self):
        stored = [(int(s.SegmentNumber), str(s.SegmentLabel), int((self.segments == s.SegmentNumber).sum()))
                  for s in self.segmentation.SegmentSequence]
        self.assertEqual([(s["number"], s["label"], s["voxels"]) for s in self.report["segments"]], stored)
        numpy.testing.assert_allclose([s["colour"] for s in self.report["segments"]], self.colours, atol=1)

    def test_the_map_has_its_values_colours_where_they_lie(self):
        """The viewer shows 0 to 100 on a fixed scale of colours: percent. A map stored as 0 to 100 saturated at 1 %."""
        scale = numpy.array(self.report["colourScale"])
        for name in SLICES:
            place, seen, bare = self.view(name, "map", "without-map")

            def colours_of(image, place=place):
                values = place.linear(image)
                return numpy.stack([numpy.interp(values, numpy.arange(len(scale)), channel) for channel in scale.T], axis=-1)
            self.assert_only_this_fits(name, self.percent, lambda image: share_explained(seen, bare, colours_of(image)), SHARE)
            self.assertLess(share_explained(seen, bare, colours_of(self.percent[self.shown[name]] / 2)), 0.8)

    def test_the_viewer_complains_about_nothing(self):
        self.assertEqual(self.report["errors"], [])
        self.assertEqual(set(self.report["notices"]) - {OWN_NOTICE}, set())
