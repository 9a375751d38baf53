# SPDX-License-Identifier: GPL-3.0-or-later
"""Series as public reports on segmentation, conversion and routing of MR describe them, made from a phantom with pydicom.

Every case is a folder of instances under UIDs of its own. The pixels of "fat", "fraction" and "map" images are the phantom with
its contrast turned over: which images are read is what counts, not how they are segmented. CASES names each case and what
`spineseg explain` must say of it. series_values.py has those whose images differ in their numbers only."""
import copy

import numpy
from pydicom.sequence import Sequence

from awkward_series import uid
from case_builder import PLAIN, CaseBuilder, dixon, item, set_values, siemens, turned_over


class SeriesCases(CaseBuilder):
    def make(self, case):
        return self.write(case, CASES[case][0](self, case))

    def make_all(self):
        for case in CASES:
            self.make(case)


def siemens_dixon(cases, case, numbers, fat_first=False):
    water = cases.stack(case, "water", ImageType=siemens("WATER"), AcquisitionNumber=numbers[0])
    fat = cases.stack(case, "fat", turned_over, ImageType=siemens("FAT"), AcquisitionNumber=numbers[1])
    return fat + water if fat_first else water + fat


def enhanced_frames(cases, case, *words, **component):
    groups = [(dixon(word), turned_over if "FAT" in word else None,
               {"MRImageFrameTypeSequence": component} if "FRACTION" in word else {}) for word in words]
    return [cases.enhanced(case, groups, ["ORIGINAL", "PRIMARY", "T2", "MIXED"])]


def phase_alone(cases, case):
    return [cases.enhanced(case, [(PLAIN, turned_over, {"MRImageFrameTypeSequence": {"ComplexImageComponent": "PHASE"}})], PLAIN)]


def beside(cases, case, **other):
    """Ordinary slices, and images at the same places that a later acquisition calls something else."""
    plain = cases.stack(case, "plain", AcquisitionNumber=1)
    return plain + cases.stack(case, "other", turned_over, AcquisitionNumber=2, **other)


def ge_phase(cases, case):
    """GE writes ORIGINAL\\PRIMARY\\OTHER into phase images too; a private element says what they are."""
    datasets = cases.stack(case, pixels=turned_over, ImageType=["ORIGINAL", "PRIMARY", "OTHER"], Manufacturer="GE MEDICAL SYSTEMS")
    for dataset in datasets:
        dataset.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x2F, "SS", 1)
    return datasets


def frames_of_reference(cases, case, each_its_own):
    datasets = cases.stack(case)
    for number, dataset in enumerate(datasets):
        set_values(dataset, {"FrameOfReferenceUID": uid(case, "own", number) if each_its_own else None})
    return datasets


def interrupted(cases, case):
    return cases.stack(case, "whole", AcquisitionNumber=1) + cases.stack(case, "broken off", AcquisitionNumber=2)[:6]


def interrupted_enhanced(cases, case):
    def acquisition(number):
        return [(PLAIN, None, {"FrameContentSequence": {"FrameAcquisitionNumber": number}})]
    return [cases.enhanced(case, acquisition(1), PLAIN, "whole"), cases.enhanced(case, acquisition(2), PLAIN, "broken off", 6)]


def huge_inversion_time(cases, case, enhanced):
    times = [0.0, 1.7976931348623157e308]
    if enhanced:
        return [cases.enhanced(case, [(PLAIN, None, {"MRModifierSequence": {"InversionTimes": times}})], PLAIN)]
    return cases.stack(case, InversionTimes=times)


def picture(cases, case):
    datasets = cases.stack(case)
    capture = copy.deepcopy(datasets[0])
    capture.SOPClassUID = capture.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    capture.SOPInstanceUID = capture.file_meta.MediaStorageSOPInstanceUID = uid(case, "capture")
    set_values(capture, {"ImagePositionPatient": None, "ImageOrientationPatient": None, "PixelSpacing": None, "ImageType": ["DERIVED", "SECONDARY"]})
    return datasets + [capture]


def icons(cases, case):
    icon = item(Rows=32, Columns=32, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", BitsAllocated=8, BitsStored=8, HighBit=7,
                PixelRepresentation=0, PixelData=bytes(1024))
    return cases.stack(case, IconImageSequence=Sequence([icon]))


def lone_slice(cases, case, number):
    """One of a stack whose slices an anonymiser made into series of their own."""
    return cases.stack(case)[number:number + 1]


def odd_slice(cases, case, number=5, **values):
    datasets = cases.stack(case)
    set_values(datasets[number], values)
    return datasets


def cervical(cases, case):
    datasets = cases.stack(case, SeriesDescription="C-SPINE T2 sag", ProtocolName="C-SPINE", BodyPartExamined="CSPINE", StudyDescription="")
    set_values(datasets[6], {"SeriesDescription": "T2 sag LSPINE", "ProtocolName": "LSPINE", "BodyPartExamined": "LSPINE"})
    return datasets


def echoes(cases, case):
    """Two echoes under one Echo Number."""
    return cases.stack(case, "early", EchoTime="20", EchoNumbers=1) + cases.stack(case, "late", EchoTime="100", EchoNumbers=1)


def field_of_view(cases, case, millimetres):
    return cases.stack(case, PixelSpacing=[str(millimetres / cases.phantom[0].Rows)] * 2)


def raster(cases, case, turn):
    """The same anatomy on another raster: `turn` gives pixels, first position, row and column direction."""
    datasets = cases.stack(case)
    for dataset in datasets:
        pixels, position = dataset.pixel_array, numpy.array(dataset.ImagePositionPatient, float)
        row, column = numpy.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
        down, right = column * float(dataset.PixelSpacing[0]), row * float(dataset.PixelSpacing[1])
        pixels, position, row, column = turn(pixels, position, row, column, down * (pixels.shape[0] - 1), right * (pixels.shape[1] - 1))
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.PixelData = numpy.ascontiguousarray(pixels).tobytes()
        dataset.ImagePositionPatient = [f"{value:.6g}" for value in position]
        dataset.ImageOrientationPatient = [f"{value:.6g}" for value in (*row, *column)]
    return datasets


def four_dixon_images(cases, case):
    """Opposed phase, water, in phase and fat, slice by slice in turn."""
    stacks = [cases.stack(case, word, None if word == "WATER" else turned_over, ImageType=["DERIVED", "PRIMARY", "M", word])
              for word in ("OPP_PHASE", "WATER", "IN_PHASE", "FAT")]
    return [dataset for group in zip(*stacks) for dataset in group]


def two_enhanced_objects(cases, case):
    return [cases.enhanced(case, [(dixon(word), turned_over if word == "FAT" else None, {})], dixon(word), word) for word in ("FAT", "WATER")]


def beside_one(cases, case, **values):
    """The slices, and one MIP under the same series."""
    [mip] = cases.stack(case, "mip", turned_over, ImageType=["DERIVED", "PRIMARY", "MIP"])[3:4]
    set_values(mip, values)
    return cases.stack(case) + [mip]


def axial_localizer(cases, case, **values):
    """Three axial images; nothing but their plane says what they are."""
    images = cases.stack(case, "localizer")[:3]
    for number, dataset in enumerate(images):
        set_values(dataset, {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "ImagePositionPatient": [-150, -150, 40 * number - 40], **values})
    return images + cases.stack(case)


def half_under_another_frame_of_reference(cases, case):
    datasets = cases.stack(case)
    for dataset in datasets[:6]:
        dataset.FrameOfReferenceUID = uid(case, "another")
    return datasets


def times_of_each_slice(cases, case):
    """A complete acquisition and a broken-off repeat without acquisition numbers; each slice has a time of its own."""
    def acquisition(name, hour):
        datasets = cases.stack(case, name, AcquisitionNumber=None, AcquisitionDate="20261129")
        for number, dataset in enumerate(datasets):
            dataset.AcquisitionTime = f"{hour}00{number:02}"
        return datasets
    return acquisition("whole", 10) + acquisition("broken off", 11)[:6]


def colour_map(cases, case):
    """Under the MR storage class, as some scanners store maps."""
    datasets = cases.stack(case)
    picture = copy.deepcopy(datasets[0])
    picture.SOPInstanceUID = picture.file_meta.MediaStorageSOPInstanceUID = uid(case, "colour")
    colours = numpy.repeat((picture.pixel_array // 8).clip(0, 255).astype("u1")[..., None], 3, 2)
    set_values(picture, {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0, "BitsAllocated": 8, "BitsStored": 8,
                         "HighBit": 7, "SmallestImagePixelValue": None, "LargestImagePixelValue": None,
                         "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "FA"], "PixelData": colours.tobytes()})
    return datasets + [picture]


# Case → (how it is made, words of what would be read, words of the reason why nothing would be).
CASES = {
    "01-dixon-acquisitions-differ": (lambda c, n: siemens_dixon(c, n, (1, 2)), "water", None),
    "01-dixon-fat-first": (lambda c, n: siemens_dixon(c, n, (1, 2), True), "water", None),
    "01-dixon-one-acquisition": (lambda c, n: siemens_dixon(c, n, (1, 1)), "water", None),
    "01-dixon-four-in-turn": (four_dixon_images, "water", None),
    "02-ge-fat-by-description": (lambda c, n: c.stack(n, pixels=turned_over, ImageType=["ORIGINAL", "PRIMARY", "OTHER"], SeriesDescription="FAT: Sag T2 FRFSE FLEX LSPINE"), None, 'Series Description says "fat"'),
    "02-ge-phase": (ge_phase, None, 'says "phase"'),
    "02-philips-water-beside-fat": (lambda c, n: c.stack(n, "w", ImageType=["ORIGINAL", "PRIMARY", "W_FFE", "W", "FFE"]) + c.stack(n, "f", turned_over, ImageType=["ORIGINAL", "PRIMARY", "F_FFE", "F", "FFE"]), "water", None),
    "02-standard-deviation-after": (lambda c, n: beside(c, n, ImageType=["DERIVED", "PRIMARY", "M", "STDDEV"]), "magnitude", None),
    "02-subtraction-by-comment": (lambda c, n: beside(c, n, ImageComments="Subtraction of 2 from 1"), "magnitude", None),
    "02-two-echoes-one-number": (echoes, "echo time 100 ms", None),
    "02-unknown-word": (lambda c, n: c.stack(n, ImageType=["ORIGINAL", "PRIMARY", "M", "QUUX"]), None, 'says "QUUX", a word that is not known'),
    "02-two-matrices": (lambda c, n: c.stack(n, "a") + c.stack(n, "b", lambda pixels: pixels[:-1], Rows=c.phantom[0].Rows - 1), None, "ambiguous_stacks"),
    "03-in-phase-opposed-fraction": (lambda c, n: enhanced_frames(c, n, "IN_PHASE", "OUT_PHASE", "FAT_FRACTION"), "in phase", None),
    "03-water-fat-fraction": (lambda c, n: enhanced_frames(c, n, "WATER", "FAT", "FAT_FRACTION"), "water", None),
    "03-water-fat-fraction-real": (lambda c, n: enhanced_frames(c, n, "WATER", "FAT", "FAT_FRACTION", ComplexImageComponent="REAL"), "water", None),
    "03-two-enhanced-objects": (two_enhanced_objects, "water", None),
    "03-fat-alone": (lambda c, n: enhanced_frames(c, n, "FAT"), None, 'Frame Type says "FAT"'),
    "03-phase-alone": (phase_alone, None, 'Complex Image Component says "PHASE"'),
    "09-rows-upwards": (lambda c, n: raster(c, n, lambda a, p, r, k, down, right: (a[::-1], p + down, r, -k)), "sagittal", None),
    "09-columns-backwards": (lambda c, n: raster(c, n, lambda a, p, r, k, down, right: (a[:, ::-1], p + right, -r, k)), "sagittal", None),
    "09-transposed": (lambda c, n: raster(c, n, lambda a, p, r, k, down, right: (a.T, p, k, r)), "sagittal", None),
    "10-no-frame-of-reference": (lambda c, n: frames_of_reference(c, n, False), None, "no_frame_of_reference"),
    "10-frames-of-reference-per-slice": (lambda c, n: frames_of_reference(c, n, True), None, "several_frames_of_reference"),
    "10-half-under-another": (half_under_another_frame_of_reference, None, "several_frames_of_reference"),
    "10-localizer-under-another": (lambda c, n: axial_localizer(c, n, FrameOfReferenceUID=uid(n, "another")), "13 sagittal", None),
    "10-mip-under-another": (lambda c, n: beside_one(c, n, FrameOfReferenceUID=uid(n, "another")), "13 sagittal", None),
    "10-mip-under-none": (lambda c, n: beside_one(c, n, FrameOfReferenceUID=None), "13 sagittal", None),
    "11-broken-off-repeat": (interrupted, "left aside as repeats: 6 images", None),
    "11-broken-off-repeat-enhanced": (interrupted_enhanced, "left aside as repeats: 6 images", None),
    "11-times-of-each-slice": (times_of_each_slice, "left aside as repeats: 6 images", None),
    "12-huge-inversion-time": (lambda c, n: huge_inversion_time(c, n, False), "sagittal", None),
    "12-huge-inversion-time-enhanced": (lambda c, n: huge_inversion_time(c, n, True), "sagittal", None),
    "13-colour-map": (colour_map, "13 sagittal", None),
    "13-mip-without-position": (lambda c, n: beside_one(c, n, ImagePositionPatient=None, ImageOrientationPatient=None), "13 sagittal", None),
    "13-icons": (icons, "sagittal", None),
    "13-secondary-capture": (picture, "sagittal", None),
    "14-slice-as-series-1": (lambda c, n: lone_slice(c, n, 0), None, "too_few_images"),
    "14-slice-as-series-2": (lambda c, n: lone_slice(c, n, 1), None, "too_few_images"),
    "15-cervical-but-the-middle": (cervical, None, "other_region"),
    "15-mip-in-the-middle": (lambda c, n: odd_slice(c, n, 6, ImageType=["DERIVED", "SECONDARY", "MIP"], SeriesDescription="MIP"), None, "missing_slices"),
    "15-mip-at-the-end": (lambda c, n: odd_slice(c, n, 0, ImageType=["DERIVED", "SECONDARY", "MIP"], SeriesDescription="MIP"), "sagittal", None),
    "18-field-of-view-50-mm": (lambda c, n: field_of_view(c, n, 50), None, "a field of view of 50 mm"),
    "18-field-of-view-900-mm": (lambda c, n: field_of_view(c, n, 900), None, "geometry_out_of_range"),
    "22-odd-pixel-spacing": (lambda c, n: odd_slice(c, n, PixelSpacing=["0.9", "0.9"]), None, "differ in pixel spacing"),
    "22-odd-slice-at-the-end": (lambda c, n: odd_slice(c, n, 0, PixelSpacing=["0.9", "0.9"]), "12 sagittal", None),
    "22-odd-orientation": (lambda c, n: odd_slice(c, n, ImageOrientationPatient=["0", "0.99955", "-0.029996", "0", "-0.029996", "-0.99955"]), None, "differently oriented"),
}
