// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of the page: which view the address names (what stands behind the #), language, colours, and the alerts of all views.
import { getHealth, getJson, ours } from './api.js';
import { alertsOf } from './alerts.js';
import { useChanges } from './changes.js';
import { HealthPage } from './health_page.js';
import { JobPage } from './job_page.js';
import { chooseLanguage, language, remember, remembered, t } from './language.js';
import { useLoaded } from './load.js';
import { Notice } from './parts.js';
import { QueuePage } from './queue_page.js';
import { SeriesPage, StudyPage } from './series_page.js';
import { html, render, useEffect, useRef, useState } from './view.js';
import { WhyPage } from './why_page.js';

const PAGES = { queue: QueuePage, job: JobPage, series: SeriesPage, study: StudyPage, why: WhyPage, health: HealthPage };
const TABS = ['queue', 'why', 'health'];
const THEMES = ['auto', 'light', 'dark'];
const HEALTH_EVERY = 15000;

/** "#/job/ID?state=done" → {name: 'job', key: 'ID', filter: {state: 'done'}}. */
function readAddress() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name = '', key = ''] = path.split('/').map(decodeURIComponent);
  return { name: Object.hasOwn(PAGES, name) ? name : 'queue', key, filter: Object.fromEntries(new URLSearchParams(query)) };
}

function applyTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** What the whole page knows: health, and the queue's figures where there is a database. */
async function readSituation(signal) {
  const health = await getHealth(signal);
  let queue = null;
  try {
    queue = await getJson(ours('queue'), signal);
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return { health, queue };
}

function Head({ name, theme, setTheme, setTongue }) {
  const other = language.name === 'de' ? 'en' : 'de';
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  return html`<header class="top"><a class="skip" href="#content">${t('skip')}</a>
    <a class="brand" href="#/queue"><svg viewBox="0 0 20 20" aria-hidden="true"><rect x="4.5" y="1" width="11" height="4.4" rx="1.6" /><rect x="3.5" y="7.6" width="11" height="4.4" rx="1.6" /><rect x="5" y="14.2" width="11" height="4.4" rx="1.6" /></svg>spineseg</a>
    <nav aria-label=${t('nav.label')}>${TABS.map((tab) => html`<a key=${tab} href=${`#/${tab}`}
      aria-current=${tab === name || (tab === 'queue' && ['job'].includes(name)) || (tab === 'why' && ['series', 'study'].includes(name)) ? 'page' : undefined}>${t(`nav.${tab}`)}</a>`)}</nav>
    <div class="switches">
      <button type="button" class="light" lang=${other} aria-label=${t('switch.language')} onClick=${() => setTongue(other)}>${other === 'de' ? 'Deutsch' : 'English'}</button>
      <button type="button" class="light" aria-label=${t('switch.theme', { theme: t(`theme.${theme}`) })} onClick=${() => setTheme(next)}>${t(`theme.${theme}`)}</button>
    </div></header>`;
}

function App() {
  const [address, setAddress] = useState(readAddress);
  const [theme, setThemeState] = useState(THEMES.includes(remembered('spineseg-theme')) ? remembered('spineseg-theme') : 'auto');
  const [, setTongueState] = useState(language.name);
  const content = useRef();
  const situation = useLoaded(readSituation, []);
  useChanges(({ all }) => all && situation.reload());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || situation.reload(), HEALTH_EVERY);
    const moved = () => {
      if (location.hash === '#content') return;
      setAddress(readAddress());
    };
    window.addEventListener('hashchange', moved);
    return () => {
      clearInterval(timer);
      window.removeEventListener('hashchange', moved);
    };
  }, []);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${t(`title.${address.name}`)} – spineseg`;
    if (!first.current) content.current.focus({ preventScroll: true }); // so that a screen reader begins with the new view
    first.current = false;
  }, [address.name, address.key]);
  const setTheme = (name) => {
    remember('spineseg-theme', name);
    applyTheme(name);
    setThemeState(name);
  };
  const setTongue = (name) => {
    chooseLanguage(name);
    setTongueState(name);
  };
  const Page = PAGES[address.name];
  const skip = (event) => {
    if (event.target.closest?.('a.skip')) {
      event.preventDefault();
      content.current.focus();
    }
  };
  return html`<div class="page" onClick=${skip}>
    <${Head} name=${address.name} theme=${theme} setTheme=${setTheme} setTongue=${setTongue} />
    <main id="content" tabindex="-1" ref=${content}>
      <div class="alerts">${alertsOf(situation).map(({ kind, text }) => html`<${Notice} key=${text} kind=${kind}>${text}<//>`)}</div>
      <${Page} key=${`${address.name}/${address.key}`} id=${address.key} filter=${address.filter} situation=${situation} />
    </main>
    <footer><strong>${t('research')}</strong> ${situation.data ? t('version', { version: situation.data.health.Version ?? '' }) : ''}</footer>
  </div>`;
}

applyTheme(remembered('spineseg-theme') ?? 'auto');
render(html`<${App} />`, document.getElementById('app'));
