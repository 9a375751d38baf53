# SPDX-License-Identifier: GPL-3.0-or-later
"""What a picture of a viewer shows of one slice: read pixel by pixel and compared with what ought to be there.

A slice is an array [row, column]; a picture is an array [y, x, 3] of sRGB values 0..255. All comparisons are made at the
picture's pixels inside the slice.
"""
import numpy
from PIL import Image

CHANGED = 12  # of 255: an overlay changes a pixel by more than this, rendering the same image twice does not
FLIPS = {"left-right": numpy.s_[:, ::-1], "upside down": numpy.s_[::-1], "both": numpy.s_[::-1, ::-1]}


def read_picture(path):
    return numpy.asarray(Image.open(path).convert("RGB"), float)


def displayed_colour(lab):
    """The sRGB colour of a Recommended Display CIELab Value (PS3.3 C.10.7.1.1), white point D65 as the viewers take it."""
    lightness, a, b = lab[0] / 65535 * 100, lab[1] / 65535 * 255 - 128, lab[2] / 65535 * 255 - 128
    f = (lightness + 16) / 116 + numpy.array([a / 500, 0, -b / 200])
    xyz = numpy.array([0.95047, 1, 1.08883]) * numpy.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    linear = numpy.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]) @ xyz
    linear = numpy.clip(linear, 0, 1)
    return 255 * numpy.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


class SliceOnPicture:
    """Where a slice of the given shape lies on a picture. Corners: the places [x, y] of the centres of its first voxel, of the
    last one in its first row and of the last one in its first column."""

    def __init__(self, corners, shape):
        first, row_end, column_end = (numpy.array(corner) for corner in corners)
        along_row, along_column = (row_end - first) / (shape[1] - 1), (column_end - first) / (shape[0] - 1)
        self.shape = shape
        ends = [first + c * along_row + r * along_column for c in (-0.5, shape[1] - 0.5) for r in (-0.5, shape[0] - 0.5)]
        (left, top), (right, bottom) = numpy.ceil(numpy.min(ends, axis=0)).astype(int), numpy.floor(numpy.max(ends, axis=0)).astype(int)
        self.part = numpy.s_[top:bottom, left:right]
        y, x = numpy.mgrid[top:bottom, left:right] + 0.5  # a pixel's centre
        inverse = numpy.linalg.inv(numpy.column_stack([along_row, along_column]))
        columns_rows = numpy.stack([x - first[0], y - first[1]], axis=-1) @ inverse.T
        self.columns, self.rows = columns_rows[..., 0], columns_rows[..., 1]

    def nearest(self, image):
        """The slice as the viewer draws labels: the value of the voxel that a pixel lies in."""
        rows = numpy.clip(numpy.rint(self.rows).astype(int), 0, self.shape[0] - 1)
        columns = numpy.clip(numpy.rint(self.columns).astype(int), 0, self.shape[1] - 1)
        return image[rows, columns]

    def linear(self, image):
        """The slice as the viewer draws images: interpolated between voxel centres."""
        r, c = numpy.clip(self.rows, 0, self.shape[0] - 1), numpy.clip(self.columns, 0, self.shape[1] - 1)
        r0, c0 = numpy.minimum(r.astype(int), self.shape[0] - 2), numpy.minimum(c.astype(int), self.shape[1] - 2)
        dr, dc = r - r0, c - c0
        return ((image[r0, c0] * (1 - dc) + image[r0, c0 + 1] * dc) * (1 - dr)
                + (image[r0 + 1, c0] * (1 - dc) + image[r0 + 1, c0 + 1] * dc) * dr)


def correlation(one, other):
    return float(numpy.corrcoef(one.ravel(), other.ravel())[0, 1])


def overlay_of(picture, bare):
    """Which pixels an overlay has changed."""
    return numpy.abs(picture - bare).max(axis=-1) > CHANGED


def segments_seen(picture, bare, colours, opacities):
    """The place in `colours`, 1.., at every pixel, 0 where there is no overlay: the one whose colour, laid over the bare image
    at one of the opacities (0..1), comes nearest to what is seen."""
    misses = [numpy.min([numpy.abs(bare + opacity * (numpy.asarray(colour) - bare) - picture).sum(axis=-1) for opacity in opacities],
                        axis=0) for colour in colours]
    return numpy.where(overlay_of(picture, bare), 1 + numpy.argmin(misses, axis=0), 0)


def overlap(one, other):
    """Dice."""
    return float(2 * (one & other).sum() / max(1, one.sum() + other.sum()))


def share_explained(picture, bare, colours):
    """How much (0..1) of what a colour map has changed on the bare image follows from the colours that it ought to have there
    (an array [y, x, 3]), at whatever opacity, which may depend on the colour's own strength."""
    seen, due = picture - bare, colours - bare
    explained = numpy.zeros_like(seen)
    strength = numpy.rint(colours.sum(axis=-1) / 8).astype(int)
    for value in numpy.unique(strength):
        here = strength == value
        opacity = (seen[here] * due[here]).sum() / max(1e-9, (due[here] ** 2).sum())
        explained[here] = numpy.clip(opacity, 0, 1) * due[here]
    return float(1 - ((seen - explained) ** 2).sum() / (seen**2).sum())
