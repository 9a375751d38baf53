// SPDX-License-Identifier: GPL-3.0-or-later
// Health: workers, database, disk, the queue as a whole, and its switches.
import { getJson, ours, post } from './api.js';
import { duration, number, t, word } from './language.js';
import { useLoaded } from './load.js';
import { Ask, Badge, Facts, Notice, short, Told, Trouble, When } from './parts.js';
import { html } from './view.js';

const STATUS = { ok: 'good', no_worker: 'trouble', self_test_failed: 'trouble', model_not_served: 'trouble', database_unavailable: 'trouble' };

function Worker({ worker }) {
  const test = worker.SelfTest;
  return html`<article class="worker"><h3>${worker.Name} ${worker.Job ? html`<${Badge} kind="state" state="running" />` : html`<span class="badge is-waiting">${t('worker.idle')}</span>`}</h3>
    <${Facts} rows=${[
      [t('made.model'), html`${worker.Model.ID} <code title=${worker.Model.Digest}>${short(worker.Model.Digest)}</code>`], [t('worker.device'), [worker.Device, worker.Precision].filter(Boolean).join(', ')],
      [t('worker.selfTest'), test && html`<span title=${test.Detail}>${word('selfTest', test.State)}</span>`],
      [t('worker.cage'), worker.Cage && html`<span title=${worker.Cage.Detail}>${t(worker.Cage.Whole ? 'worker.caged' : 'worker.notCaged')}</span>`],
      [t('worker.job'), worker.Job && html`<a href=${`#/job/${worker.Job}`}>${short(worker.Job)}</a>`],
      [t('worker.connected'), html`<${When} time=${worker.Connected} />`], [t('worker.lastContact'), html`<${When} time=${worker.LastContact} />`], [t('worker.version'), worker.Version]]} />
    ${test?.State === 'failed' && html`<${Notice} kind="trouble"><${Told}>${test.Detail}<//><//>`}</article>`;
}

const gigabytes = (bytes) => (Number.isFinite(bytes) ? `${number(bytes / 2 ** 30)} GiB` : '');

function Switches({ queue, reload }) {
  const act = (verb) => () => post(ours(`queue/${verb}`));
  const halted = queue.Paused || queue.Draining;
  return html`<div class="actions">${halted ? html`<${Ask} label=${t('action.resume')} kind="primary" question=${t('ask.resume')} action=${act('resume')} onDone=${reload} />`
    : html`<${Ask} label=${t('action.pause')} question=${t('ask.pause')} explain=${t('ask.pauseMeans')} action=${act('pause')} onDone=${reload} />
      <${Ask} label=${t('action.drain')} question=${t('ask.drain')} explain=${t('ask.drainMeans')} action=${act('drain')} onDone=${reload} />`}</div>`;
}

function Switched({ queue }) {
  if (queue.Draining) return t(queue.Drained ? 'health.drained' : 'health.draining');
  return t(queue.Paused ? 'health.paused' : 'health.open');
}

export function HealthPage({ situation }) {
  const { data, error, reload } = situation;
  const journal = useLoaded((signal) => getJson(ours('journal?limit=15'), signal), []);
  const after = () => {
    reload();
    journal.reload();
  };
  if (!data) return html`<h1>${t('title.health')}</h1><${Trouble} error=${error} />`;
  const { health, queue } = data;
  const counts = health.Queue ?? {};
  const disk = health.Disk ?? {};
  return html`<h1>${t('title.health')}</h1>
    <${Notice} kind=${STATUS[health.Status] ?? 'warning'}>${word('status', health.Status)}<//>
    <section><h2>${t('health.workers')}</h2>${(health.Workers ?? []).length === 0 ? html`<p class="quiet">${t('alert.noWorker')}</p>`
      : html`<div class="cards">${health.Workers.map((worker) => html`<${Worker} key=${worker.Name} worker=${worker} />`)}</div>`}</section>
    <div class="columns"><section><h2>${t('health.queue')}</h2>${queue && html`<p><${Switched} queue=${queue} /></p><${Switches} queue=${queue} reload=${after} />`}
      <${Facts} rows=${[...Object.entries(counts).map(([name, count]) => [word('state', name.toLowerCase()), String(count)]),
        [t('health.oldest'), queue?.OldestQueuedSeconds > 0 ? duration(queue.OldestQueuedSeconds) : '–'],
        ...(health.QueuedFor ?? []).map((row) => [t('health.queuedFor', { model: row.Model.ID || '–' }), `${row.Jobs} ${row.Served ? '' : t('health.notServed')}`])]} /></section>
    <section><h2>${t('health.server')}</h2><${Facts} rows=${[[t('health.database'), health.Database === 'ok' ? t('health.fine') : html`<${Told}>${health.Database}<//>`],
      [t('health.disk'), disk.FreeBytes === undefined ? '' : t('health.free', { free: gigabytes(disk.FreeBytes), total: gigabytes(disk.TotalBytes) })],
      ['spineseg', health.Version], ['Orthanc', health.ArchiveVersion], [t('health.protocol'), String(health.Protocol ?? '')], [t('health.time'), html`<${When} time=${health.Time} />`]]} />
      <p><a href=${ours('health')}>health</a> · <a href=${ours('metrics')}>metrics</a> · <a href=${ours('openapi.json')}>OpenAPI</a></p></section></div>
    <section><h2>${t('journal.newest')}</h2><${Trouble} error=${journal.error} /><ul class="journal">${(journal.data ?? []).map((entry, i) => html`<li key=${i}><${When} time=${entry.Written} /> <span><${Told}>${entry.Action} ${entry.Subject}<//></span>
      ${entry.Job && html` <a href=${`#/job/${entry.Job}`}>${short(entry.Job)}</a>`} <span class="quiet">${[entry.User, entry.Address].filter(Boolean).join(', ')}</span></li>`)}</ul></section>`;
}
