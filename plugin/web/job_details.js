// SPDX-License-Identifier: GPL-3.0-or-later
// How a job came about: stored results, times, attempts, journal, and what it was made with.
import { duration, number, t, word } from './language.js';
import { seriesInExplorer } from './links.js';
import { Badge, Facts, short, Told, When } from './parts.js';
import { html } from './view.js';

const took = (from, to) => (from && to ? duration((new Date(to) - new Date(from)) / 1000) : '');

export function Results({ job }) {
  if (job.Results.length === 0) return null;
  return html`<section><h2>${t('results.title')}</h2><ul class="results">${job.Results.map((result) => html`<li key=${result.SOPInstanceUID}>
    ${result.InArchive ? html`<a href=${seriesInExplorer(result.Series)} target="_blank" rel="noreferrer">${word('kind', result.Kind)}</a>`
      : html`<s>${word('kind', result.Kind)}</s> <span class="quiet">${t('results.missing')} <${When} time=${result.MissingSince} /></span>`}</li>`)}</ul>
    ${(job.CopiedResults ?? []).length > 0 && html`<p class="quiet">${t('results.copies', { count: job.CopiedResults.length })}</p>`}</section>`;
}

/** How long each stage took, as far as the worker says it. */
export function StageTimes({ job }) {
  const seconds = Object.entries(job.Summary?.seconds ?? {}).filter(([, value]) => Number.isFinite(value));
  if (seconds.length === 0) return null;
  const most = Math.max(...seconds.map(([, value]) => value));
  return html`<section><h2>${t('times.title')}</h2><table class="times"><tbody>${seconds.sort((one, other) => other[1] - one[1]).map(([stage, value]) => html`<tr key=${stage}><th scope="row">${word('stage', stage)}</th>
    <td class="right figure">${duration(value)}</td><td class="bar"><i style=${{ width: `${(100 * value) / most}%` }}></i></td></tr>`)}</tbody></table></section>`;
}

export function Provenance({ job, series }) {
  const scanner = job.Scanner ?? series ?? {};
  return html`<section><h2>${t('made.title')}</h2><${Facts} rows=${[
    [t('made.model'), job.Model?.ID], [t('made.digest'), job.Model?.Digest && html`<code title=${job.Model.Digest}>${short(job.Model.Digest, 16)}</code>`],
    [t('made.seed'), html`<code>${job.Seed}</code>`], [t('made.samples'), job.Samples && `${job.Samples} × ${job.Steps}`],
    [t('column.scanner'), [scanner.Manufacturer, scanner.ModelName ?? scanner.ManufacturerModelName].filter(Boolean).join(' ')],
    [t('made.worker'), job.Worker], [t('column.priority'), String(job.Priority)],
    [t('column.created'), html`<${When} time=${job.Created} />`], [t('made.started'), job.Started && html`<${When} time=${job.Started} />`],
    [t('made.finished'), job.Finished && html`<${When} time=${job.Finished} />`], [t('made.waited'), took(job.Created, job.Started)],
    [t('made.computed'), took(job.Started, job.Finished)], [t('made.notBefore'), job.NotBefore && html`<${When} time=${job.NotBefore} />`],
    [t('made.volumes'), volumes(job.Summary)], ['Series', html`<code>${job.Series}</code>`]]} /></section>`;
}

function volumes(summary) {
  return Object.entries(summary?.millilitres ?? {}).map(([name, value]) => `${t(`structures.${name}`)} ${number(value, 0)} ml`).join(', ');
}

export function Attempts({ job }) {
  const attempts = job.AttemptHistory ?? [];
  if (attempts.length === 0) return null;
  return html`<section><h2>${t('attempts.title')}</h2><ol class="attempts" reversed>${[...attempts].reverse().map((attempt) => html`<li key=${attempt.Epoch}>
    <div><${Badge} kind="state" state=${attempt.State} /> <${When} time=${attempt.Ended} /> <span class="quiet">${took(attempt.Started, attempt.Ended)} · ${attempt.Worker}</span></div>
    ${attempt.Error && html`<p><strong>${attempt.Error.Code}</strong> <${Told}>${attempt.Error.Detail}<//> <span class="quiet">(${word('stage', attempt.Stage)})</span></p>`}</li>`)}</ol></section>`;
}

export function JournalOf({ job }) {
  const entries = job.Journal ?? [];
  if (entries.length === 0) return null;
  return html`<section><h2>${t('journal.title')}</h2><div class="scroll" tabindex="0" role="region" aria-label=${t('journal.title')}><table><thead><tr><th scope="col">${t('journal.when')}</th><th scope="col">${t('journal.what')}</th><th scope="col">${t('journal.subject')}</th><th scope="col">${t('journal.detail')}</th><th scope="col">${t('journal.who')}</th></tr></thead>
    <tbody>${entries.map((entry, i) => html`<tr key=${i}><td><${When} time=${entry.Written} /></td><td><${Told}>${entry.Action}<//></td><td class="remark"><${Told}>${entry.Subject}<//></td><td class="remark"><${Told}>${entry.Detail}<//></td>
      <td>${[entry.User, entry.Address].filter(Boolean).join(', ') || t('journal.itself')}</td></tr>`)}</tbody></table></div></section>`;
}
