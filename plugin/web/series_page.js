// SPDX-License-Identifier: GPL-3.0-or-later
// What the plugin makes of one series, rule by rule, and of all series of a study: where Orthanc Explorer's buttons lead.
import { getJson, id, orthanc, ours, post } from './api.js';
import { useChanges } from './changes.js';
import { Explanation } from './explanation.js';
import { t } from './language.js';
import { useLoaded } from './load.js';
import { Ask, Badge, short, Told, Trouble } from './parts.js';
import { html } from './view.js';

const segment = (series, body) => post(orthanc(`series/${id(series)}/segment`), body);

export function segmentButton({ ID, State }, done) {
  if (['queued', 'running'].includes(State)) return null;
  const refused = State === 'ineligible';
  return html`<${Ask} label=${t(refused ? 'action.force' : 'action.segment')} question=${t('ask.segment')} explain=${t(refused ? 'ask.forceMeans' : 'ask.segmentMeans')}
    action=${() => segment(ID, refused ? { Force: true } : {})} onDone=${(job) => { location.hash = `#/job/${job.ID}`; done?.(); }} />`;
}

export function SeriesPage({ id: key }) {
  const { data, error, reload } = useLoaded(async (signal) => {
    const [state, explained, found] = await Promise.all([getJson(ours(`series/${id(key)}`), signal),
      getJson(ours(`series/${id(key)}/explain`), signal).catch(() => null), getJson(orthanc(`series/${id(key)}`), signal).catch(() => null)]);
    return { state, explained, name: found?.MainDicomTags?.SeriesDescription };
  }, [key]);
  useChanges(({ all }) => all && reload());
  if (!data) return html`<h1>${t('title.series')}</h1><${Trouble} error=${error} />`;
  const { state, explained, name } = data;
  return html`<p class="crumb"><a href="#/why">${t('nav.why')}</a> / <span class="figure">${short(key)}</span></p>
    <h1>${name || t('title.series')} <${Badge} kind="state" state=${state.State} /></h1>
    ${state.Reason && state.Reason !== explained?.Reason && html`<p class="lead"><${Told}>${state.Reason}<//></p>`}
    <div class="actions">${segmentButton(state)}${state.Job && html`<a class="button" href=${`#/job/${state.Job.ID}`}>${t('series.job')}</a>`}
      <a class="button" href=${orthanc(`app/explorer.html#series?uuid=${id(key)}`)} target="_blank" rel="noreferrer">Orthanc Explorer</a></div>
    ${explained && html`<${Explanation} verdict=${explained} />`}`;
}

const MOST_SERIES = 60;

export function StudyPage({ id: key }) {
  const { data, error, reload } = useLoaded(async (signal) => {
    const listed = await getJson(orthanc(`studies/${id(key)}/series`), signal);
    const magnetic = listed.filter((series) => series.MainDicomTags?.Modality === 'MR').slice(0, MOST_SERIES);
    const states = await Promise.all(magnetic.map((series) => getJson(ours(`series/${id(series.ID)}`), signal)));
    return magnetic.map((series, i) => ({ tags: series.MainDicomTags, state: states[i] }));
  }, [key]);
  useChanges(({ all }) => all && reload());
  return html`<h1>${t('title.study')}</h1><${Trouble} error=${error} />
    ${data?.length === 0 && html`<p class="quiet">${t('study.none')}</p>`}
    ${data?.length > 0 && html`<section><div class="scroll" tabindex="0" role="region" aria-label=${t('title.study')}><table><thead><tr><th scope="col">${t('column.series')}</th><th scope="col">${t('column.state')}</th><th scope="col">${t('column.reason')}</th><th scope="col"><span class="unseen">${t('column.actions')}</span></th></tr></thead>
      <tbody>${data.map(({ tags, state }) => html`<tr key=${state.ID}><td><a href=${`#/series/${state.ID}`}>${tags.SeriesDescription || short(state.ID)}</a></td><td><${Badge} kind="state" state=${state.State} /></td>
        <td class="remark"><${Told}>${state.Reason}<//></td><td class="actions">${state.Job && html`<a href=${`#/job/${state.Job.ID}`}>${t('series.job')}</a>`}${segmentButton(state, reload)}</td></tr>`)}</tbody></table></div></section>`}`;
}
