// SPDX-License-Identifier: GPL-3.0-or-later
// What a series is called in Orthanc, in place of its id. The plugin keeps no description, so Orthanc is asked, once for each series.
// A list names no patient: it may hang on a wall.
import { getJson, id, orthanc } from './api.js';
import { short } from './parts.js';
import { html, useEffect, useState } from './view.js';

const MOST_KEPT = 2000;
const kept = new Map(); // id → promise of the description

function described(series) {
  if (!kept.has(series)) {
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(series, getJson(orthanc(`series/${id(series)}`)).then((found) => found.MainDicomTags?.SeriesDescription ?? '', () => ''));
  }
  return kept.get(series);
}

export function SeriesName({ series, href }) {
  const [name, setName] = useState('');
  useEffect(() => {
    let shown = true;
    described(series).then((found) => shown && setName(found));
    return () => { shown = false; };
  }, [series]);
  return html`<a href=${href} title=${series}>${name || short(series)}</a>`;
}
