// SPDX-License-Identifier: GPL-3.0-or-later
// The slices of the source series in their order in space, and which frames of a result belong to which slice.
import { getJson, id, orthanc } from './api.js';

const MOST_SLICES = 2000;
const numbers = (text) => String(text ?? '').split('\\').map(Number);
const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];
const dot = (one, other) => one.reduce((sum, value, i) => sum + value * other[i], 0);

/** [{instance, uid, position: mm along the normal, or the number where the place is not told}]. */
export async function readSlices(series, signal) {
  const list = await getJson(orthanc(`series/${id(series)}/instances`), signal);
  if (list.length > MOST_SLICES) throw new Error(`${list.length} instances`);
  const slices = list.map(({ ID, IndexInSeries, MainDicomTags: tags }) => {
    const axes = numbers(tags.ImageOrientationPatient);
    const place = numbers(tags.ImagePositionPatient);
    const told = axes.length === 6 && place.length === 3 && [...axes, ...place].every(Number.isFinite);
    const normal = told ? cross(axes.slice(0, 3), axes.slice(3)) : null;
    return {
      instance: ID, uid: tags.SOPInstanceUID, normal,
      position: told ? dot(place, normal) : Number(tags.InstanceNumber ?? IndexInSeries ?? 0),
    };
  });
  return slices.sort((one, other) => one.position - other.position);
}

/** For each slice the frames that name its instance; where none does, those that lie nearest to it, within 0.1 mm. */
export function framesBySlice(slices, result) {
  const byUid = new Map(slices.map((slice, i) => [slice.uid, i]));
  const found = slices.map(() => []);
  for (const frame of result.frames) {
    let at = byUid.get(frame.uid);
    if (at === undefined && frame.position.length === 3) {
      at = slices.findIndex(({ normal, position }) => normal && Math.abs(dot(frame.position, normal) - position) < 0.1);
    }
    if (at >= 0) found[at].push(frame);
  }
  return found;
}

/** The slice through the middle of what is segmented: the canal where there is one. */
export function midline(segmentation, frames) {
  const canal = [...segmentation.segments].filter(([, { label }]) => /canal/i.test(label)).map(([number]) => number);
  let weight = 0;
  let sum = 0;
  frames.forEach((ofSlice, i) => ofSlice.forEach((frame) => {
    for (const segment of segmentation.segmentsOf(frame)) {
      if (canal.length && !canal.includes(segment)) continue;
      const area = segmentation.mask(frame, segment).reduce((pixels, bit) => pixels + bit, 0);
      weight += area;
      sum += area * i;
    }
  }));
  return weight ? Math.round(sum / weight) : Math.floor(frames.length / 2);
}
