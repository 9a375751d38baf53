// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done with a job: each button asks once.
import { id, ours, post } from './api.js';
import { t } from './language.js';
import { Ask } from './parts.js';
import { html } from './view.js';

const act = (job, verb, body) => post(ours(`jobs/${id(job.ID)}/${verb}`), body);
const hasEnded = (job) => !['queued', 'running'].includes(job.State);

export const cancelButton = (job, done) => !hasEnded(job) && html`<${Ask} label=${t('action.cancel')} kind="light" question=${t('ask.cancel')}
  explain=${t('ask.cancelMeans')} action=${() => act(job, 'cancel')} onDone=${done} />`;

export const priorityButton = (job, done) => job.State === 'queued' && html`<${Ask} label=${t('action.priority')} kind="light" question=${t('ask.priority')}
  explain=${t('ask.priorityMeans')} field=${{ label: t('column.priority'), min: -1000, max: 1000, initial: job.Priority }}
  action=${(value) => act(job, 'priority', { Priority: Math.round(Number(value)) })} onDone=${done} />`;

export const resubmitButton = (job, done) => hasEnded(job) && html`<${Ask} label=${t(job.State === 'deleted' ? 'action.again' : 'action.resubmit')}
  question=${t('ask.resubmit')} explain=${t('ask.resubmitMeans')} action=${() => act(job, 'resubmit')} onDone=${done} />`;
