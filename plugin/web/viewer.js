// SPDX-License-Identifier: GPL-3.0-or-later
// The picture of a job: a slice with contours and names, the uncertainty beside it, and a slider over the slices.
import { getBytes, getPicture, id, orthanc } from './api.js';
import { structureName, t } from './language.js';
import { brightened, drawSegmentation, drawUncertainty, SliceCache } from './pictures.js';
import { Notice } from './parts.js';
import { MOST_BYTES, readMap, readSegmentation } from './result_objects.js';
import { framesBySlice, midline, readSlices } from './slices.js';
import { html, useEffect, useMemo, useRef, useState } from './view.js';

const resultOf = (job, kind) => job.Results.find((result) => result.Kind === kind && result.InArchive);

/** {slices, segmentation, map, start} where each result is {result, frames} or null. */
async function loadStudy(job, signal) {
  const read = async (kind, reader) => {
    const stored = resultOf(job, kind);
    return stored ? reader(await getBytes(orthanc(`instances/${id(stored.Instance)}/file`), MOST_BYTES, signal)) : null;
  };
  const [slices, segmentation, map] = await Promise.all([
    readSlices(job.Series, signal), read('segmentation', readSegmentation), read('parametric_map', readMap)]);
  if (!slices.length) throw new Error(t('viewer.noSource'));
  const placed = (result) => (result ? { result, frames: framesBySlice(slices, result) } : null);
  const shown = { slices, segmentation: placed(segmentation), map: placed(map) };
  const start = segmentation ? midline(segmentation, shown.segmentation.frames) : Math.floor(slices.length / 2);
  return { ...shown, start };
}

/** The pictures of the slices, fetched when they are shown, and those beside. */
function usePictures(slices, index) {
  const kept = useRef(new Map());
  const [, redraw] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const take = async (at) => {
      const slice = slices[at];
      if (!slice || kept.current.has(slice.instance)) return;
      try {
        kept.current.set(slice.instance, brightened(await getPicture(orthanc(`instances/${id(slice.instance)}/preview`), controller.signal)));
        if (at === index) redraw((n) => n + 1);
      } catch { /* the slice stays black; the contours are shown */ }
    };
    take(index).then(() => Promise.all([take(index + 1), take(index - 1)]));
    return () => controller.abort();
  }, [slices, index]);
  return kept.current.get(slices[index]?.instance) ?? null;
}

function Panel({ title, describe, draw, depends, children }) {
  const canvas = useRef();
  useEffect(() => {
    draw(canvas.current);
    const watch = new ResizeObserver(() => draw(canvas.current));
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, depends);
  return html`<figure><figcaption>${title}</figcaption><canvas ref=${canvas} role="img" aria-label=${describe}></canvas>${children}</figure>`;
}

function Slices({ study }) {
  const { slices, segmentation, map } = study;
  const [index, setIndex] = useState(study.start);
  const [contours, setContours] = useState(true);
  const [names, setNames] = useState(true);
  const cache = useMemo(() => new SliceCache(segmentation, map), [study]);
  const picture = usePictures(slices, index);
  const structures = cache.structures(index);
  const grid = segmentation?.result ?? map?.result ?? { rows: picture?.height ?? 1, columns: picture?.width ?? 1, spacing: [1, 1] };
  const place = t('viewer.slice', { number: index + 1, count: slices.length });
  const step = (by) => setIndex((at) => Math.min(slices.length - 1, Math.max(0, at + by)));
  const turned = (event) => {
    event.preventDefault();
    step(Math.sign(event.deltaY));
  };
  const frame = useRef();
  useEffect(() => {
    frame.current.addEventListener('wheel', turned, { passive: false });
    return () => frame.current?.removeEventListener('wheel', turned);
  }, []);
  const seen = structures.map(({ label }) => structureName(label)).join(', ');
  return html`<div class="viewer">
    <div class="panels" ref=${frame}>
      <${Panel} title=${t('viewer.segmentation')} describe=${`${place}. ${t('viewer.shows')}: ${seen || t('viewer.nothing')}`}
        draw=${(canvas) => drawSegmentation(canvas, grid, picture, structures, { contours, names })} depends=${[picture, index, contours, names, study]} />
      ${map && html`<${Panel} title=${t('viewer.uncertainty')} describe=${`${place}. ${t('viewer.uncertaintyLong')}`}
        draw=${(canvas) => drawUncertainty(canvas, grid, picture, cache.heat(index))} depends=${[picture, index, study]} />`}
    </div>
    <div class="controls">
      <button type="button" aria-label=${t('viewer.previous')} onClick=${() => step(-1)} disabled=${index === 0}>‹</button>
      <input type="range" min="0" max=${slices.length - 1} value=${index} aria-label=${t('viewer.slider')} aria-valuetext=${place}
        onInput=${(event) => setIndex(Number(event.target.value))} />
      <button type="button" aria-label=${t('viewer.next')} onClick=${() => step(1)} disabled=${index === slices.length - 1}>›</button>
      <output class="figure">${place}</output>
      <button type="button" class="light" onClick=${() => setIndex(study.start)} disabled=${index === study.start}>${t('viewer.midline')}</button>
      <span class="space"></span>
      <label><input type="checkbox" checked=${contours} onChange=${(event) => setContours(event.target.checked)} />${t('viewer.contours')}</label>
      <label><input type="checkbox" checked=${names} onChange=${(event) => setNames(event.target.checked)} />${t('viewer.names')}</label>
      ${map && html`<span class="scale" role="img" aria-label=${t('viewer.scale')}><span>0 %</span><i></i><span>100 %</span></span>`}
    </div>
  </div>`;
}

export function Viewer({ job }) {
  const [study, setStudy] = useState(null);
  const [error, setError] = useState(null);
  const key = job.Results.map((result) => `${result.Instance}${result.InArchive}`).join();
  useEffect(() => {
    const controller = new AbortController();
    setStudy(null);
    setError(null);
    loadStudy(job, controller.signal).then(setStudy, (caught) => controller.signal.aborted || setError(caught));
    return () => controller.abort();
  }, [job.ID, key]);
  if (error) return html`<${Notice}>${t('viewer.fault')} ${error.message}<//>`;
  if (!study) return html`<div class="viewer empty" role="status"><p>${t('viewer.loading')}</p></div>`;
  return html`<${Slices} key=${key} study=${study} />`;
}

export const hasPicture = (job) => Boolean(resultOf(job, 'segmentation') || resultOf(job, 'parametric_map'));
