// SPDX-License-Identifier: GPL-3.0-or-later
// Which jobs are listed. The filter stands in the page's address, so that it can be kept and sent.
import { query } from './api.js';
import { t, word } from './language.js';
import { html, useEffect, useRef, useState } from './view.js';

const STATES = ['queued', 'running', 'done', 'rejected', 'failed', 'canceled', 'deleted'];
const VERDICTS = ['pass', 'review', 'reject'];
const TYPING = 350; // ms without a key before the text counts

const go = (filter) => { location.hash = `#/queue${query(filter)}`; };

/** "2026-11-30" in local time, from its first to its last moment, as the server wants it. */
const dayBegins = (day) => (day ? new Date(`${day}T00:00:00`).toISOString() : '');
const dayEnds = (day) => (day ? new Date(`${day}T23:59:59.999`).toISOString() : '');
function dayOf(time) {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return '';
  const two = (number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function JobFilter({ filter }) {
  const [text, setText] = useState(filter.text ?? '');
  const newest = useRef(filter); // the address may change while somebody types
  newest.current = filter;
  useEffect(() => {
    const timer = setTimeout(() => text !== (newest.current.text ?? '') && go({ ...newest.current, text, before: '' }), TYPING);
    return () => clearTimeout(timer);
  }, [text]);
  const states = new Set((filter.state ?? '').split(',').filter(Boolean));
  const set = (changes) => go({ ...filter, ...changes, before: '' });
  const turn = (state) => {
    states.has(state) ? states.delete(state) : states.add(state);
    set({ state: STATES.filter((one) => states.has(one)).join(',') });
  };
  const clear = () => {
    setText('');
    go({});
  };
  const filtered = Object.keys(filter).length > 0;
  return html`<form class="filter" role="search" aria-label=${t('filter.label')} onSubmit=${(event) => event.preventDefault()}>
    <fieldset><legend class="unseen">${t('column.state')}</legend>${STATES.map((state) => html`<label key=${state} class="chip"><input type="checkbox" checked=${states.has(state)} onChange=${() => turn(state)} /><span>${word('state', state)}</span></label>`)}</fieldset>
    <label>${t('column.verdict')}<select value=${filter.verdict ?? ''} onChange=${(event) => set({ verdict: event.target.value })}>
      <option value="">${t('filter.any')}</option>${VERDICTS.map((verdict) => html`<option key=${verdict} value=${verdict}>${word('verdict', verdict)}</option>`)}</select></label>
    <label>${t('filter.scanner')}<input type="search" maxlength="64" value=${text} onInput=${(event) => setText(event.target.value)} /></label>
    <label>${t('filter.since')}<input type="date" value=${dayOf(filter.since)} onChange=${(event) => set({ since: dayBegins(event.target.value) })} /></label>
    <label>${t('filter.until')}<input type="date" value=${dayOf(filter.until)} onChange=${(event) => set({ until: dayEnds(event.target.value) })} /></label>
    ${filtered && html`<button type="button" class="light" onClick=${clear}>${t('filter.clear')}</button>`}
  </form>`;
}

export function Pager({ filter, jobs, size }) {
  const older = jobs.length === size ? { ...filter, before: jobs.at(-1).ID } : null;
  if (!older && !filter.before) return null;
  return html`<nav class="pager" aria-label=${t('pager.label')}>
    ${filter.before && html`<a href=${`#/queue${query({ ...filter, before: '' })}`}>${t('pager.newest')}</a>`}
    ${older && html`<a href=${`#/queue${query(older)}`}>${t('pager.older')}</a>`}</nav>`;
}
