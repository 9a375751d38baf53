// SPDX-License-Identifier: GPL-3.0-or-later
// Levels and measures as tables: vertebrae and discs from top to bottom, then the canal at each disc.
import { number, percent, structureName, t, word } from './language.js';
import { Told } from './parts.js';
import { html } from './view.js';

const HEIGHTS = ['anterior_height', 'middle_height', 'posterior_height'];
const SHOWN = [...HEIGHTS, 'depth', 'slip', 'disc_height_index'];
const UNITS = { '{ratio}': '', mm3: 'mm³', mm2: 'mm²' };

/** A measure with its uncertainty; the 95 % interval is told on demand. */
function Measure({ measure }) {
  if (!measure) return html`<span class="quiet">–</span>`;
  const { value, uncertainty, uncertainty_95: wide, unit } = measure;
  const digits = unit === '{ratio}' ? 2 : 1;
  const title = Number.isFinite(wide) ? t('levels.wide', { value: number(wide, digits), unit: UNITS[unit] ?? unit }) : undefined;
  return html`<span title=${title}>${number(value, digits)}${Number.isFinite(uncertainty) && html`<small> ±${number(uncertainty, digits)}</small>`}</span>`;
}

const measuresOf = (structure) => structure.measurements ?? [];
const of = (structure, quantity) => measuresOf(structure).find((measure) => measure.quantity === quantity);
const isLevel = (structure) => /\b(vertebra|disc)\b/.test(structure.name);

function LevelRow({ structure }) {
  const disc = /\bdisc\b/.test(structure.name);
  const last = disc ? of(structure, 'disc_height_index') : of(structure, 'slip');
  return html`<tr class=${disc ? 'disc' : 'vertebra'}><th scope="row">${structureName(structure.name)}</th>
    ${HEIGHTS.map((quantity) => html`<td key=${quantity} class="right figure"><${Measure} measure=${of(structure, quantity)} /></td>`)}
    <td class="right figure"><${Measure} measure=${of(structure, 'depth')} /></td>
    <td class="right figure">${disc ? '' : html`<${Measure} measure=${last} />`}</td><td class="right figure">${disc ? html`<${Measure} measure=${last} />` : ''}</td>
    <td class="right figure">${Number.isFinite(structure.confidence) ? percent(structure.confidence) : '–'}</td></tr>`;
}

function Canal({ structures }) {
  const rows = structures.filter((one) => !isLevel(one)).flatMap((one) => measuresOf(one).filter((measure) => measure.at && !SHOWN.includes(measure.quantity)));
  if (rows.length === 0) return null;
  return html`<h3>${t('levels.canal')}</h3><dl class="canal">${rows.map((measure) => html`<div key=${measure.at + measure.quantity}><dt>${structureName(measure.at)}</dt>
    <dd class="figure"><${Measure} measure=${measure} /> ${UNITS[measure.unit] ?? measure.unit}</dd></div>`)}</dl>`;
}

export function Levels({ summary }) {
  const structures = summary?.structures ?? [];
  if (structures.length === 0) return null;
  const { determined, doubts = [] } = summary.numbering ?? {};
  return html`<section><h2>${t('levels.title')}</h2>
    <p class="quiet">${determined ? t('levels.numbered') : html`${t('levels.doubtful')} <${Told}>${doubts.join(', ')}<//>`} ${t('levels.unit')}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${t('levels.title')}><table class="levels"><thead>
      <tr><th scope="col" rowspan="2">${t('levels.level')}</th><th scope="colgroup" colspan="3" class="group">${t('levels.height')}</th><th scope="col" rowspan="2" class="right">${word('quantity', 'depth')}</th>
        <th scope="col" rowspan="2" class="right">${word('quantity', 'slip')}</th><th scope="col" rowspan="2" class="right">${word('quantity', 'disc_height_index')}</th><th scope="col" rowspan="2" class="right">${t('levels.confidence')}</th></tr>
      <tr>${HEIGHTS.map((quantity) => html`<th key=${quantity} scope="col" class="right">${word('quantity', quantity)}</th>`)}</tr></thead>
      <tbody>${structures.filter(isLevel).map((structure) => html`<${LevelRow} key=${structure.name} structure=${structure} />`)}</tbody></table></div>
    <${Canal} structures=${structures} /></section>`;
}
