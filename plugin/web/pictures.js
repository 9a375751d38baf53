// SPDX-License-Identifier: GPL-3.0-or-later
// Draws one slice on a canvas: the image, and over it contours with level names, or the uncertainty.
import { heatPicture, levelName, outline } from './contours.js';

/** Orthanc's preview goes up to the brightest pixel, which in a spine coil is the fat of the back: the darker nine tenths are spread. A
 *  canvas of the same size. */
export function brightened(picture) {
  const canvas = document.createElement('canvas');
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Uint32Array(256);
  for (let i = 0; i < pixels.data.length; i += 4) ++counts[pixels.data[i]];
  let white = 255;
  for (let above = 0; white > 32 && above < (canvas.width * canvas.height) / 50; --white) above += counts[white];
  const table = Uint8ClampedArray.from({ length: 256 }, (_, v) => 255 * Math.min(1, v / white) ** 0.8);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const value = table[pixels.data[i]];
    pixels.data[i] = pixels.data[i + 1] = pixels.data[i + 2] = value;
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

const rgb = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;

/** What was computed of a slice once is kept: outlines of its structures, its heat map. */
export class SliceCache {
  constructor(segmentation, map) {
    this.segmentation = segmentation;
    this.map = map;
    this.outlines = new Map();
    this.heats = new Map();
  }

  /** [{label, colour, path, centre, area, box}] */
  structures(index) {
    if (!this.segmentation) return [];
    if (!this.outlines.has(index)) {
      const { result, frames } = this.segmentation;
      const found = frames[index].flatMap((frame) => result.segmentsOf(frame).map((segment) => {
        const line = outline(result.mask(frame, segment), result.rows, result.columns);
        return line && { ...line, ...(result.segments.get(segment) ?? { label: '', colour: [255, 255, 255] }) };
      }));
      this.outlines.set(index, found.filter(Boolean));
    }
    return this.outlines.get(index);
  }

  heat(index) {
    if (!this.map) return null;
    if (!this.heats.has(index)) {
      const { result, frames } = this.map;
      const frame = frames[index][0];
      this.heats.set(index, frame ? heatPicture(result.values(frame), result.rows, result.columns) : null);
      if (this.heats.size > 40) this.heats.delete(this.heats.keys().next().value);
    }
    return this.heats.get(index);
  }
}

/** Prepares the canvas for a picture of that many columns and rows of these spacings; everything after is drawn in pixels of the image. */
function fitted(canvas, { columns, rows, spacing: [down, across] }) {
  const aspect = (columns * across) / (rows * down);
  canvas.style.aspectRatio = String(aspect);
  const width = Math.max(1, Math.round(canvas.clientWidth * Math.min(2, window.devicePixelRatio || 1)));
  const height = Math.max(1, Math.round(width / aspect));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.setTransform(width / columns, 0, 0, height / rows, 0, 0);
  return { context, scale: width / columns, sharp: width / canvas.clientWidth };
}

function drawNames(context, structures, { scale, sharp }) {
  for (const { label, colour, centre: [x, y], box, area } of structures) {
    const name = levelName(label);
    if (!name || area < 60) continue;
    const disc = name.includes('/');
    const size = ((disc ? 11 : 14) * sharp) / scale;
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    context.textAlign = disc ? 'left' : 'center';
    context.lineJoin = 'round';
    context.lineWidth = 0.28 * size;
    context.strokeStyle = 'rgb(0 0 0 / .75)';
    const place = disc ? box[2] + 0.5 * size : x;
    context.strokeText(name, place, y);
    context.fillStyle = disc ? rgb(colour.map((c) => Math.round(c + 0.45 * (255 - c)))) : '#fff';
    context.fillText(name, place, y);
  }
}

export function drawSegmentation(canvas, grid, picture, structures, { contours, names }) {
  const place = fitted(canvas, grid);
  const { context, scale, sharp } = place;
  if (picture) context.drawImage(picture, 0, 0, grid.columns, grid.rows);
  if (contours) {
    for (const { path, colour } of structures) {
      context.lineCap = 'round';
      context.lineWidth = (3 * sharp) / scale;
      context.strokeStyle = 'rgb(0 0 0 / .45)';
      context.stroke(path);
      context.lineWidth = (1.6 * sharp) / scale;
      context.strokeStyle = rgb(colour);
      context.stroke(path);
    }
  }
  if (names) drawNames(context, structures, place);
}

export function drawUncertainty(canvas, grid, picture, heat) {
  const { context } = fitted(canvas, grid);
  if (picture) {
    context.globalAlpha = 0.55;
    context.drawImage(picture, 0, 0, grid.columns, grid.rows);
    context.globalAlpha = 1;
  }
  if (heat) context.drawImage(heat, 0, 0, grid.columns, grid.rows);
}
