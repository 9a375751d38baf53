// SPDX-License-Identifier: GPL-3.0-or-later
// One job: the picture, the verdict, the measures, and how it came about.
import { getJson, id, orthanc, ours } from './api.js';
import { useChanges } from './changes.js';
import { cancelButton, priorityButton, resubmitButton } from './job_actions.js';
import { Attempts, JournalOf, Provenance, Results, StageTimes } from './job_details.js';
import { dicomDate, percent, t } from './language.js';
import { Levels } from './levels.js';
import { readLinks } from './links.js';
import { useLoaded } from './load.js';
import { Badge, Notice, short, Stages, Told, Trouble, Verdict, verdictOf } from './parts.js';
import { html } from './view.js';
import { hasPicture, Viewer } from './viewer.js';

async function readJob(key, signal) {
  const job = await getJson(ours(`jobs/${id(key)}`), signal);
  return { job };
}

/** What Orthanc tells the user who is logged in of the study. The plugin keeps none of it. */
async function readSource(job, signal) {
  const series = await getJson(orthanc(`series/${id(job.Series)}`), signal);
  const study = await getJson(orthanc(`studies/${id(series.ParentStudy)}`), signal);
  return { series: series.MainDicomTags ?? {}, study: study.MainDicomTags ?? {}, patient: study.PatientMainDicomTags ?? {}, links: await readLinks(job, study, signal) };
}

const personName = (text) => String(text ?? '').replaceAll('^', ' ').trim();

function Head({ job, source, reload }) {
  const { series, study, patient, links } = source ?? {};
  const about = [personName(patient?.PatientName), dicomDate(study?.StudyDate), study?.StudyDescription].filter(Boolean);
  return html`<div class="job-head"><div><p class="crumb"><a href="#/queue">${t('nav.queue')}</a> / <span class="figure">${short(job.ID)}</span></p>
    <h1>${series?.SeriesDescription || `${t('column.series')} ${short(job.Series)}`} <${Badge} kind="state" state=${job.State} /></h1>
    ${about.length > 0 && html`<p class="about">${about.join(' · ')}</p>`}</div>
    <div class="actions">${cancelButton(job, reload)}${priorityButton(job, reload)}${resubmitButton(job, reload)}</div>
    ${links && html`<nav class="links" aria-label=${t('links.label')}>${links.map(({ name, address }) => html`<a key=${name} href=${address} target="_blank" rel="noreferrer">${name}</a>`)}</nav>`}</div>`;
}

function VerdictPanel({ job }) {
  const quality = job.Summary?.quality;
  if (!verdictOf(job)) return null;
  const reason = quality?.reason || (job.Error?.Code === 'quality_rejected' ? job.Error.Detail : '');
  const rows = Object.entries(quality?.structures ?? {});
  return html`<section class="verdict-panel"><h2>${t('job.verdict')} <${Verdict} job=${job} /></h2>
    ${reason && html`<p><${Told}>${reason}<//></p>`}
    ${(quality?.doubts ?? []).map((doubt) => html`<p key=${doubt} class="quiet"><${Told}>${typeof doubt === 'string' ? doubt : JSON.stringify(doubt)}<//></p>`)}
    ${rows.length > 0 && html`<table class="scores"><thead><tr><th scope="col">${t('job.structure')}</th><th scope="col" class="right">${t('job.score')}</th><th scope="col" class="right">${t('job.agreement')}</th><th scope="col" class="right">${t('job.dice')}</th></tr></thead>
      <tbody>${rows.map(([name, values]) => html`<tr key=${name}><th scope="row">${t(`structures.${name}`)}</th>${['score', 'sample_agreement', 'expected_dice'].map((key) =>
        html`<td key=${key} class="right figure">${Number.isFinite(values[key]) ? percent(values[key]) : '–'}</td>`)}</tr>`)}</tbody></table>`}
  </section>`;
}

function Ended({ job }) {
  if (!job.Error) return null;
  return html`<${Notice} kind=${job.State === 'failed' ? 'trouble' : 'warning'}><strong>${job.Error.Code}</strong> <${Told}>${job.Error.Detail}<//><//>`;
}

export function JobPage({ id: key }) {
  const { data, error, reload } = useLoaded((signal) => readJob(key, signal), [key]);
  const job = data?.job;
  const source = useLoaded((signal) => (job ? readSource(job, signal) : null), [job?.Series]);
  useChanges(({ jobs, all }) => (all || jobs.includes(key)) && reload());
  if (!job) return html`<h1>${t('title.job')}</h1><${Trouble} error=${error} />`;
  return html`<${Head} job=${job} source=${source.data} reload=${reload} />
    ${job.State === 'running' && html`<${Stages} job=${job} />`}
    <${Ended} job=${job} />
    ${job.State === 'deleted' && html`<${Notice} kind="warning">${t('job.deleted')}<//>`}
    ${hasPicture(job) && html`<${Viewer} job=${job} />`}
    <div class="columns"><div><${VerdictPanel} job=${job} /><${Provenance} job=${job} series=${source.data?.series} /></div>
      <div><${Levels} summary=${job.Summary} /><div class="halves"><${Results} job=${job} /><${StageTimes} job=${job} /></div><${Attempts} job=${job} /></div></div>
    <${JournalOf} job=${job} />`;
}
