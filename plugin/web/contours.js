// SPDX-License-Identifier: GPL-3.0-or-later
// The outline of a mask and where its name stands. A pixel's centre is at whole numbers plus a half.

/** The lines of marching squares: for each of the 16 cases of a cell's corners (top left 1, top right 2, bottom right 4, bottom left 8)
 *  which edges (0 top, 1 right, 2 bottom, 3 left) are joined. */
const LINES = [[], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2], [2, 3], [2, 0], [2, 3, 0, 1], [2, 1], [1, 3], [1, 0], [0, 3], []];
const EDGES = [[0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]];

/** The largest piece of a mask whose pixels touch: {centre: [x, y], box: [left, top, right, bottom], area}. A vertebra's name stands in
 *  its body and not between body and arch. */
function largestPiece(mask, columns) {
  const seen = new Uint8Array(mask.length);
  let largest = null;
  const open = [];
  for (let start = 0; start < mask.length; ++start) {
    if (!mask[start] || seen[start]) continue;
    const piece = { area: 0, x: 0, y: 0, box: [columns, mask.length, -1, -1] };
    seen[start] = 1;
    open.push(start);
    while (open.length) {
      const at = open.pop();
      const y = Math.floor(at / columns);
      const x = at - y * columns;
      ++piece.area;
      piece.x += x;
      piece.y += y;
      piece.box = [Math.min(piece.box[0], x), Math.min(piece.box[1], y), Math.max(piece.box[2], x + 1), Math.max(piece.box[3], y + 1)];
      for (const next of [x > 0 ? at - 1 : -1, x < columns - 1 ? at + 1 : -1, at - columns, at + columns]) {
        if (next >= 0 && next < mask.length && mask[next] && !seen[next]) {
          seen[next] = 1;
          open.push(next);
        }
      }
    }
    if (!largest || piece.area > largest.area) largest = piece;
  }
  return largest && { area: largest.area, box: largest.box, centre: [largest.x / largest.area + 0.5, largest.y / largest.area + 0.5] };
}

/** {path, centre, box, area} of a mask (0 and 1, row by row), the last three of its largest piece; null where it is empty. */
export function outline(mask, rows, columns) {
  const piece = largestPiece(mask, columns);
  if (!piece) return null;
  const at = (y, x) => (y >= 0 && y < rows && x >= 0 && x < columns ? mask[y * columns + x] : 0);
  const path = new Path2D();
  for (let y = Math.floor(mask.indexOf(1) / columns) - 1; y <= Math.floor(mask.lastIndexOf(1) / columns); ++y) {
    for (let x = -1; x < columns; ++x) {
      const lines = LINES[at(y, x) | (at(y, x + 1) << 1) | (at(y + 1, x + 1) << 2) | (at(y + 1, x) << 3)];
      for (let k = 0; k < lines.length; k += 2) {
        const [from, to] = [EDGES[lines[k]], EDGES[lines[k + 1]]];
        path.moveTo(x + 0.5 + from[0], y + 0.5 + from[1]);
        path.lineTo(x + 0.5 + to[0], y + 0.5 + to[1]);
      }
    }
  }
  return { path, ...piece };
}

/** "L3 vertebra" → "L3", "L3/L4 disc" → "L3/4"; empty for the canal. */
export function levelName(label) {
  const [, from, to] = /^([TLSC]\d+)(?:\/([TLSC]\d+))?\b/.exec(label) ?? [];
  if (!from) return '';
  if (!to) return from;
  return from[0] === to[0] ? `${from}/${to.slice(1)}` : `${from}/${to}`;
}

/** Colours of a percentage, dark to light as the eye orders them (black, violet, orange, white); more of it is less see-through. */
const STOPS = [[0, 15, 10, 40, 0], [0.05, 70, 20, 110, 60], [0.25, 150, 40, 120, 160], [0.5, 225, 85, 60, 205], [0.75, 250, 165, 50, 230], [1, 255, 245, 190, 250]];
export function heatColour(value) {
  const v = Math.min(1, Math.max(0, value));
  const next = Math.max(1, STOPS.findIndex(([stop]) => stop >= v));
  const [from, to] = [STOPS[next - 1], STOPS[next]];
  const share = (v - from[0]) / (to[0] - from[0]);
  return [1, 2, 3, 4].map((i) => Math.round(from[i] + share * (to[i] - from[i])));
}
const HEAT = Array.from({ length: 256 }, (_, i) => heatColour(i / 255));

/** A canvas of the map's size. */
export function heatPicture(values, rows, columns) {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(columns, rows);
  for (let i = 0; i < values.length; ++i) {
    const colour = HEAT[Math.round(255 * Math.min(1, Math.max(0, values[i] || 0)))];
    for (let k = 0; k < 4; ++k) pixels.data[4 * i + k] = colour[k];
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}
