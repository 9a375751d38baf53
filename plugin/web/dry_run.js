// SPDX-License-Identifier: GPL-3.0-or-later
// A dry run: what the rules say of everything that the archive holds, without queueing anything. Then what is eligible can be queued,
// at once or off-peak.
import { getJson, orthanc, ours, post, query } from './api.js';
import { t } from './language.js';
import { Ask, Notice, Trouble } from './parts.js';
import { html, useEffect, useRef, useState } from './view.js';

const PAGE = 100;
const BATCH = 500; // series in one request
const MOST = 200000;

/** A cell of a CSV (RFC 4180). What a table would take for a formula gets a quote before it. */
function cell(value) {
  const text = String(value ?? '');
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

export function csvOf(rows) {
  const lines = rows.map((row) => [row.ID, row.Eligible, row.Confidence, row.Contrast?.Class, row.Rule, row.Reason].map(cell).join(','));
  return ['ID,Eligible,Confidence,Contrast,Rule,Reason', ...lines].join('\r\n');
}

function download(rows) {
  const address = URL.createObjectURL(new Blob([csvOf(rows)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'spineseg-dry-run.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** The server reaches as many as it can within ten seconds and answers 429 for the others: those are asked for again, as long as some get in. */
async function queueAll(rows, offPeak) {
  let open = rows.filter((row) => row.Eligible).map((row) => row.ID);
  let queued = 0;
  const refused = new Map();
  while (open.length) {
    const later = [];
    for (const answer of await post(ours('segment'), { Series: open.slice(0, BATCH), OffPeak: offPeak })) {
      if (answer.ID) ++queued;
      else if (answer.Status === 429) later.push(answer);
      else refused.set(answer.Error?.Detail, (refused.get(answer.Error?.Detail) ?? 0) + 1);
    }
    const stuck = later.length === Math.min(BATCH, open.length);
    if (stuck) refused.set(later[0].Error?.Detail, open.length);
    open = stuck ? [] : later.map((answer) => answer.Series).concat(open.slice(BATCH));
  }
  return { queued, refused: [...refused].map(([why, count]) => `${count} × ${why}`) };
}

export function DryRun() {
  const [run, setRun] = useState(null); // {rows, total, at, ended}
  const [error, setError] = useState(null);
  const [sent, setSent] = useState(null);
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  const start = async () => {
    const controller = new AbortController();
    stop.current = controller;
    setError(null);
    setSent(null);
    const state = { rows: [], total: 0, at: 0, ended: false };
    try {
      state.total = (await getJson(orthanc('statistics'), controller.signal)).CountSeries;
      setRun({ ...state });
      for (let since = 0; since !== null && state.rows.length < MOST;) {
        const page = await getJson(ours(`explain${query({ since: String(since), limit: PAGE })}`), controller.signal);
        state.rows = state.rows.concat(page.Series);
        state.at = page.Next ?? state.total;
        since = page.Next;
        setRun({ ...state });
      }
    } catch (caught) {
      if (!controller.signal.aborted) setError(caught);
    }
    stop.current = null;
    setRun({ ...state, ended: true });
  };
  const eligible = run ? run.rows.filter((row) => row.Eligible).length : 0;
  const reasons = new Map();
  for (const row of run?.rows ?? []) if (!row.Eligible) reasons.set(row.Rule || row.Reason, (reasons.get(row.Rule || row.Reason) ?? 0) + 1);
  return html`<section class="dry-run"><h2>${t('dry.title')}</h2><p class="quiet">${t('dry.lead')}</p><${Trouble} error=${error} />
    <div class="actions">${run && !run.ended ? html`<button type="button" onClick=${() => stop.current?.abort()}>${t('dry.stop')}</button>`
      : html`<button type="button" class="primary" onClick=${start}>${t('dry.start')}</button>`}
      ${run?.ended && run.rows.length > 0 && html`<button type="button" onClick=${() => download(run.rows)}>${t('dry.csv')}</button>`}
      ${run?.ended && eligible > 0 && html`<${Ask} label=${t('dry.offPeak')} question=${t('ask.batch', { count: eligible })} explain=${t('ask.offPeakMeans')} action=${() => queueAll(run.rows, true)} onDone=${setSent} />
        <${Ask} label=${t('dry.now')} question=${t('ask.batch', { count: eligible })} explain=${t('ask.nowMeans')} action=${() => queueAll(run.rows, false)} onDone=${setSent} />`}</div>
    ${run && html`<progress max=${Math.max(1, run.total)} value=${run.ended && !error ? Math.max(1, run.total) : run.at} aria-label=${t('dry.title')}></progress>
      <p role="status">${t('dry.found', { read: run.rows.length, total: run.total, eligible })}</p>
      <ul class="reasons">${[...reasons].sort((one, other) => other[1] - one[1]).map(([rule, count]) => html`<li key=${rule}><span class="figure">${count}</span> <code>${rule}</code></li>`)}</ul>`}
    ${sent && html`<${Notice} kind=${sent.refused.length ? 'warning' : 'good'}>${t('dry.sent', { count: sent.queued })} ${sent.refused.join('; ')}<//>`}</section>`;
}
