// SPDX-License-Identifier: GPL-3.0-or-later
// Small pieces that several pages use. A state differs by its word and its shape, not by its colour alone.
import { language, t, when, word } from './language.js';
import { html, useEffect, useRef, useState } from './view.js';

const SHAPES = {
  queued: 'M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z', // ring
  running: 'M6 1.5a4.5 4.5 0 0 1 0 9z', // half disc
  done: 'M1.8 6.4l2.8 2.9L10.3 3', // tick
  pass: 'M1.8 6.4l2.8 2.9L10.3 3',
  review: 'M6 1.2L11 10.4H1z', // triangle
  reject: 'M2 2h8v8H2z', // square
  rejected: 'M2 2h8v8H2z',
  failed: 'M2 2l8 8M10 2l-8 8', // cross
  canceled: 'M1.5 6h9', // dash
  deleted: 'M2 10L10 2', // stroke
  ineligible: 'M1.5 6h9',
  eligible: 'M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z',
  waiting: 'M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z',
};
const FILLED = ['running', 'review', 'reject', 'rejected'];

export function Badge({ kind, state }) {
  const name = Object.hasOwn(SHAPES, state) ? state : 'canceled';
  return html`<span class=${`badge is-${name}`}>
    <svg viewBox="0 0 12 12" aria-hidden="true"><path d=${SHAPES[name]} class=${FILLED.includes(name) ? 'filled' : ''} /></svg>${word(kind, state)}</span>`;
}

/** The quality verdict of a job; a rejected job has one even where nothing was stored. */
export function verdictOf(job) {
  if (job.Error?.Code === 'quality_rejected') return 'reject';
  const verdict = job.Summary?.quality?.verdict;
  return ['pass', 'review', 'reject'].includes(verdict) ? verdict : null;
}
export const Verdict = ({ job }) => {
  const verdict = verdictOf(job);
  return verdict ? html`<${Badge} kind="verdict" state=${verdict} />` : null;
};

export const When = ({ time }) => (time ? html`<time datetime=${time} title=${time}>${when(time)}</time>` : html`<span class="quiet">–</span>`);

/** A text of the server, which is in English. */
export const Told = ({ children }) => (language.name === 'en' ? children : html`<span lang="en">${children}</span>`);

export function Notice({ kind = 'info', children }) {
  return html`<div class=${`notice ${kind}`} role=${kind === 'trouble' ? 'alert' : 'status'}>${children}</div>`;
}

export const Trouble = ({ error }) => (error ? html`<${Notice} kind="trouble">
  ${error.status === 0 ? t('error.silent') : error.status === 404 ? t('error.notFound') : t('error.answer', { status: error.status ?? '' })}${' '}
  <${Told}>${error.message}<//><//>` : null);

/** The share of every stage of a job, as one bar. */
export function Stages({ job }) {
  const stages = job.Stages ?? [];
  const label = `${t('job.progress')}: ${job.Progress} %, ${word('stage', job.Stage)}`;
  return html`<div class="progress"><div class="stages" role="progressbar" aria-label=${label} aria-valuenow=${job.Progress} aria-valuemin="0" aria-valuemax="100">
    ${stages.map(({ Name, Fraction }) => html`<i key=${Name} class=${`stage-${Name}`}><b style=${{ width: `${100 * Fraction}%` }}></b></i>`)}
  </div><span class="stage-name">${word('stage', job.Stage)}</span><span class="figure">${job.Progress} %</span></div>`;
}

/** A button that asks once before it does something. `action` gets what was entered, if there is a field. */
export function Ask({ label, question, explain, action, kind = '', field, onDone }) {
  const dialog = useRef();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const [value, setValue] = useState(field?.initial ?? '');
  useEffect(() => {
    if (open) dialog.current.showModal();
  }, [open]);
  const close = () => {
    setOpen(false);
    setError(null);
    setValue(field?.initial ?? '');
  };
  const go = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const answer = await action(value);
      close();
      onDone?.(answer);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return html`<button type="button" class=${kind} onClick=${() => setOpen(true)}>${label}</button>
    ${open && html`<dialog ref=${dialog} onClose=${close} aria-labelledby="question"><form onSubmit=${go}>
      <h2 id="question">${question}</h2>
      ${explain && html`<p>${explain}</p>`}
      ${field && html`<label class="field">${field.label}<input type="number" min=${field.min} max=${field.max} value=${value} required
        onInput=${(event) => setValue(event.target.value)} /></label>`}
      <${Trouble} error=${error} />
      <div class="actions"><button type="button" onClick=${close}>${t('ask.no')}</button>
        <button class="primary" disabled=${busy}>${label}</button></div>
    </form></dialog>`}`;
}

/** Terms and their values; those without one are left out. */
export function Facts({ rows }) {
  return html`<dl class="facts">${rows.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([term, value]) =>
    html`<div key=${term}><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export const short = (text, length = 8) => (String(text ?? '').length > length ? `${String(text).slice(0, length)}…` : String(text ?? ''));
