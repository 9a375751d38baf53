// SPDX-License-Identifier: GPL-3.0-or-later
// Why a series was not processed: the newest refused ones, and a dry run over what the archive holds already.
import { getJson, ours, query } from './api.js';
import { useChanges } from './changes.js';
import { DryRun } from './dry_run.js';
import { t } from './language.js';
import { useLoaded } from './load.js';
import { Told, Trouble, When } from './parts.js';
import { SeriesName } from './series_name.js';
import { html, useState } from './view.js';

const PAGE = 100; // most of them are our own results, which are hidden

function Refused({ rows }) {
  if (rows.length === 0) return html`<p class="quiet">${t('why.none')}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('why.refused')}><table><thead><tr><th scope="col">${t('why.judged')}</th><th scope="col">${t('column.series')}</th><th scope="col">${t('why.rule')}</th><th scope="col">${t('column.reason')}</th></tr></thead>
    <tbody>${rows.map((row) => {
      const [, rule, reason] = /^(\w+): (.*)$/s.exec(row.Reason ?? '') ?? [null, '', row.Reason];
      return html`<tr key=${row.ID}><td><${When} time=${row.Time} /></td><td><${SeriesName} series=${row.ID} href=${`#/series/${row.ID}`} /></td><td><code>${rule}</code></td><td class="remark"><${Told}>${reason}<//></td></tr>`;
    })}</tbody></table></div>`;
}

export function WhyPage() {
  const [before, setBefore] = useState('');
  const { data, error, reload } = useLoaded((signal) => getJson(ours(`series${query({ state: 'ineligible', limit: PAGE, before, expand: true })}`), signal), [before]);
  useChanges(({ all }) => all && !before && reload());
  const [own, setOwn] = useState(false);
  const rows = data ?? [];
  const shown = own ? rows : rows.filter((row) => !row.Reason?.startsWith('own_result'));
  return html`<h1>${t('title.why')}</h1><p class="lead">${t('why.lead')}</p>
    <section><h2>${t('why.refused')}</h2><${Trouble} error=${error} />${data && html`<${Refused} rows=${shown} />`}
      <div class="pager"><label class="check"><input type="checkbox" checked=${own} onChange=${(event) => setOwn(event.target.checked)} />${t('why.own')}</label>${before && html`<button type="button" class="light" onClick=${() => setBefore('')}>${t('pager.newest')}</button>`}
        ${rows.length === PAGE && html`<button type="button" class="light" onClick=${() => setBefore(rows.at(-1).ID)}>${t('pager.older')}</button>`}</div></section>
    <${DryRun} />`;
}
