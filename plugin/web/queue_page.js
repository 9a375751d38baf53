// SPDX-License-Identifier: GPL-3.0-or-later
// The queue: what runs, what waits and in which order, and all jobs by filters.
import { getJson, id, ours, query } from './api.js';
import { useChanges } from './changes.js';
import { JobFilter, Pager } from './job_filter.js';
import { cancelButton, priorityButton } from './job_actions.js';
import { duration, t, when } from './language.js';
import { useLoaded } from './load.js';
import { Badge, Stages, Trouble, Verdict, When } from './parts.js';
import { SeriesName } from './series_name.js';
import { html, useRef } from './view.js';

const PAGE = 25;
const MOST_WAITING = 50; // shown
const MOST_ORDERED = 500; // the server lists the newest first, at most so many: the next ones are the oldest of them
const MOST_SINGLE = 5; // jobs that changed, asked for one by one; more of them: the lists anew

const list = (values, signal) => getJson(ours(`jobs${query({ ...values, expand: true })}`), signal);
const scanner = (job) => [job.Scanner?.Manufacturer, job.Scanner?.ModelName].filter(Boolean).join(' ');

/** The order in which workers get them: one point of priority counts as much as ten minutes of waiting (PriorityAgeSeconds). */
function inOrder(jobs) {
  const due = (job) => Math.max(new Date(job.Created), new Date(job.NotBefore ?? 0)) - job.Priority * 600000;
  return [...jobs].sort((one, other) => due(one) - due(other));
}

async function readQueue(filter, signal) {
  const [running, waiting, jobs] = await Promise.all([
    list({ state: 'running', limit: 20 }, signal), list({ state: 'queued', limit: MOST_ORDERED }, signal),
    list({ ...filter, limit: PAGE }, signal)]);
  return { running, waiting: inOrder(waiting), jobs };
}

function Today({ queue }) {
  if (!queue) return null;
  const { Counts: counts = {}, Today: today = {} } = queue;
  const figures = [
    ['queued', counts.Queued], ['running', counts.Running], ['done', today.Done], ['review', today.Review],
    ['rejected', today.Rejected], ['failed', today.Failed],
    ['median', today.TurnaroundSeconds?.Median == null ? '–' : duration(today.TurnaroundSeconds.Median)],
    ['p95', today.TurnaroundSeconds?.P95 == null ? '–' : duration(today.TurnaroundSeconds.P95)]];
  return html`<section class="figures" aria-label=${t('queue.today')}>${figures.map(([name, value]) => html`
    <div key=${name} class=${`of-${name}`}><span class="figure">${value ?? 0}</span><span>${t(`figure.${name}`)}</span></div>`)}</section>`;
}

function Running({ jobs, reload }) {
  return html`<section><h2>${t('queue.running')}</h2>
    ${jobs.length === 0 && html`<p class="quiet">${t('queue.nothingRuns')}</p>`}
    ${jobs.map((job) => html`<article key=${job.ID} class="running-job">
      <${SeriesName} series=${job.Series} href=${`#/job/${job.ID}`} /><span>${scanner(job)}</span>
      <${Stages} job=${job} />
      <span class="quiet">${t('queue.attempt', { number: job.Attempts, of: job.MaxAttempts })}, ${t('queue.since')} ${' '}<${When} time=${job.Started} /></span>
      ${cancelButton(job, reload)}</article>`)}</section>`;
}

function Waiting({ jobs, total, reload }) {
  if (jobs.length === 0) return null;
  const ordered = total <= MOST_ORDERED;
  return html`<section><h2>${t('queue.waiting')}</h2><div class="scroll" tabindex="0" role="region" aria-label=${t('queue.waiting')}><table><thead><tr>
      <th scope="col" class="right narrow">${t('column.place')}</th><th scope="col">${t('column.series')}</th><th scope="col">${t('column.scanner')}</th>
      <th scope="col" class="right">${t('column.priority')}</th><th scope="col">${t('column.created')}</th><th scope="col"><span class="unseen">${t('column.actions')}</span></th></tr></thead>
    <tbody>${jobs.slice(0, MOST_WAITING).map((job, i) => html`<tr key=${job.ID}><td class="right figure">${ordered ? i + 1 : '–'}</td><td><${SeriesName} series=${job.Series} href=${`#/job/${job.ID}`} /></td><td>${scanner(job)}</td>
      <td class="right figure">${job.Priority}</td><td><${When} time=${job.Created} />${job.NotBefore && new Date(job.NotBefore) > new Date() && html` <span class="quiet">${t('queue.notBefore', { time: when(job.NotBefore) })}</span>`}</td>
      <td class="actions">${priorityButton(job, reload)}${cancelButton(job, reload)}</td></tr>`)}</tbody></table></div>
    ${Math.max(total, jobs.length) > MOST_WAITING && html`<p class="quiet">${t('queue.more', { count: Math.max(total, jobs.length) - MOST_WAITING })}</p>`}</section>`;
}

/** What happened, in one line. */
function remark(job) {
  if (job.Error) return `${job.Error.Code}: ${job.Error.Detail}`;
  if (job.State === 'deleted') return t('job.deleted');
  if (job.MissingResults > 0) return t('job.missing', { missing: job.MissingResults, count: job.Results.length });
  return job.Summary?.quality?.verdict === 'review' ? job.Summary.quality.reason ?? '' : '';
}

function took(job) {
  return job.Finished ? duration((new Date(job.Finished) - new Date(job.Created)) / 1000) : '';
}

function Jobs({ jobs }) {
  if (jobs.length === 0) return html`<p class="quiet">${t('queue.none')}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('queue.jobs')}><table class="jobs"><thead><tr><th scope="col">${t('column.created')}</th><th scope="col">${t('column.series')}</th>
      <th scope="col">${t('column.scanner')}</th><th scope="col">${t('column.state')}</th><th scope="col">${t('column.verdict')}</th><th scope="col" class="right">${t('column.turnaround')}</th><th scope="col">${t('column.remark')}</th></tr></thead>
    <tbody>${jobs.map((job) => html`<tr key=${job.ID}><td><${When} time=${job.Created} /></td><td><${SeriesName} series=${job.Series} href=${`#/job/${job.ID}`} /></td><td>${scanner(job)}</td>
      <td><${Badge} kind="state" state=${job.State} /></td><td><${Verdict} job=${job} /></td><td class="right figure">${took(job)}</td><td class="remark">${remark(job)}</td></tr>`)}</tbody></table></div>`;
}

export function QueuePage({ filter, situation }) {
  const loaded = useLoaded((signal) => readQueue(filter, signal), [JSON.stringify(filter)]);
  const { data, error, reload } = loaded;
  const later = useRef(0);
  /** Reloads at most once a second, however much changes. */
  const soon = () => {
    if (later.current) return;
    later.current = setTimeout(() => {
      later.current = 0;
      reload();
    }, 300);
  };
  useChanges(async ({ jobs, all }) => {
    const shown = new Set([...(data?.running ?? [])].map((job) => job.ID));
    if (all || jobs.length > MOST_SINGLE || jobs.some((job) => !shown.has(job))) return soon();
    const renewed = await Promise.all(jobs.map((job) => getJson(ours(`jobs/${id(job)}`)).catch(() => null)));
    if (renewed.some((job) => job?.State !== 'running')) return soon();
    const put = (rows) => rows.map((job) => renewed.find((one) => one.ID === job.ID) ?? job);
    return loaded.change((before) => before && { ...before, running: put(before.running) });
  });
  const queue = situation.data?.queue;
  return html`<h1>${t('title.queue')}</h1><${Today} queue=${queue} /><${Trouble} error=${error} />
    ${data && html`<${Running} jobs=${data.running} reload=${reload} /><${Waiting} jobs=${data.waiting} total=${queue?.Counts?.Queued ?? 0} reload=${reload} />`}
    <section><h2>${t('queue.jobs')}</h2><${JobFilter} filter=${filter} />
    ${data && html`<${Jobs} jobs=${data.jobs} /><${Pager} filter=${filter} jobs=${data.jobs} size=${PAGE} />`}</section>`;
}
