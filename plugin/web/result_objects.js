// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a Segmentation and a Parametric Map (DICOM PS3.3 A.51, A.75) from a file's bytes. Everything in a file is hostile: sizes are
// checked against the bytes that are there before anything is read by them.
import { ours } from './api.js';

export const MOST_BYTES = 512 * 1024 * 1024;
const MOST_FRAMES = 20000;
const MOST_SIDE = 4096;

let parser = null;
/** dicom-parser is no ES module; it is fetched when the first file is read. */
function parserLoaded() {
  parser ??= new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = ours('app/vendor/dicom-parser.js');
    script.onload = () => done(window.dicomParser);
    script.onerror = () => failed(new Error('dicom-parser.js cannot be loaded'));
    document.head.append(script);
  });
  return parser;
}

const items = (dataset, tag) => dataset?.elements[tag]?.items?.map((item) => item.dataSet) ?? [];
const first = (dataset, ...tags) => tags.reduce((at, tag) => items(at, tag)[0], dataset);
const numbers = (dataset, tag) => (dataset?.string(tag) ?? '').split('\\').map(Number);

/** sRGB of a Recommended Display CIELab Value (PS3.3 C.10.7.1.1). */
export function displayedColour([l, a, b]) {
  const f = ((l / 65535) * 100 + 16) / 116;
  const white = [0.95047, 1, 1.08883];
  const [x, y, z] = [f + ((a / 65535) * 255 - 128) / 500, f, f - ((b / 65535) * 255 - 128) / 200]
    .map((v, i) => white[i] * (v > 6 / 29 ? v ** 3 : 3 * (6 / 29) ** 2 * (v - 4 / 29)));
  return [3.2404542 * x - 1.5371385 * y - 0.4985314 * z, -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z].map((v) => {
    const linear = Math.min(1, Math.max(0, v));
    return Math.round(255 * (linear > 0.0031308 ? 1.055 * linear ** (1 / 2.4) - 0.055 : 12.92 * linear));
  });
}

/** What both objects have: the grid, and for each frame the source instance and the place of its first pixel. */
function framesOf(dataset) {
  const rows = dataset.uint16('x00280010');
  const columns = dataset.uint16('x00280011');
  const count = Number(dataset.string('x00280008') ?? 1);
  if (!(rows > 0 && rows <= MOST_SIDE && columns > 0 && columns <= MOST_SIDE)) throw new Error('no usable size of a frame');
  if (!(count > 0 && count <= MOST_FRAMES)) throw new Error('no usable number of frames');
  const groups = items(dataset, 'x52009230');
  if (groups.length !== count) throw new Error(`${groups.length} groups of ${count} frames`);
  const shared = first(dataset, 'x52009229');
  const spacing = numbers(first(shared, 'x00289110') ?? first(groups[0], 'x00289110'), 'x00280030');
  return {
    rows, columns, spacing: spacing.length === 2 && spacing.every((mm) => mm > 0) ? spacing : [1, 1],
    frames: groups.map((group, index) => ({
      index,
      uid: first(group, 'x00089124', 'x00082112')?.string('x00081155') ?? '',
      position: numbers(first(group, 'x00209113'), 'x00200032'),
      segment: first(group, 'x0062000a')?.uint16('x0062000b') ?? 0,
    })),
  };
}

/** `array` with the values of `read` from `start` on. */
function filled(array, start, read) {
  for (let i = 0; i < array.length; ++i) array[i] = read(start + i);
  return array;
}

function pixelsOf(dataset, tag, size) {
  const element = dataset.elements[tag];
  if (!element || element.encapsulatedPixelData || element.length < size || element.dataOffset + size > dataset.byteArray.length) {
    throw new Error('the pixels are not what the header says');
  }
  return dataset.byteArray.subarray(element.dataOffset, element.dataOffset + size);
}

/** {rows, columns, spacing, segments: Map number → {label, colour}, frames, mask(frame, segment) → Uint8Array of 0 and 1}. */
export async function readSegmentation(bytes) {
  const dataset = (await parserLoaded()).parseDicom(bytes);
  const grid = framesOf(dataset);
  const area = grid.rows * grid.columns;
  const segments = new Map(items(dataset, 'x00620002').map((segment) => {
    const lab = [0, 1, 2].map((i) => segment.uint16('x0062000d', i) ?? 40000);
    return [segment.uint16('x00620004'), { label: segment.string('x00620005') ?? '', colour: displayedColour(lab) }];
  }));
  if (dataset.uint16('x00280100') === 1) {
    const bits = pixelsOf(dataset, 'x7fe00010', Math.ceil((area * grid.frames.length) / 8));
    const mask = (frame) => filled(new Uint8Array(area), frame.index * area, (i) => (bits[i >> 3] >> (i & 7)) & 1);
    return { ...grid, segments, mask, segmentsOf: (frame) => [frame.segment] };
  }
  const wide = dataset.uint16('x00280100') === 16; // LABELMAP: a pixel says its segment
  const labels = pixelsOf(dataset, 'x7fe00010', area * grid.frames.length * (wide ? 2 : 1));
  const at = wide ? (i) => labels[2 * i] | (labels[2 * i + 1] << 8) : (i) => labels[i];
  const mask = (frame, segment) => filled(new Uint8Array(area), frame.index * area, (i) => (at(i) === segment ? 1 : 0));
  return { ...grid, segments, mask, segmentsOf: () => [...segments.keys()].filter((number) => number > 0) };
}

/** {rows, columns, frames, values(frame) → Float32Array}: what is stored, 0 to 1. */
export async function readMap(bytes) {
  const dataset = (await parserLoaded()).parseDicom(bytes);
  const grid = framesOf(dataset);
  const area = grid.rows * grid.columns;
  const stored = pixelsOf(dataset, 'x7fe00008', 4 * area * grid.frames.length);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const values = (frame) => filled(new Float32Array(area), frame.index * area, (i) => view.getFloat32(4 * i, true));
  return { ...grid, values };
}
