// SPDX-License-Identifier: GPL-3.0-or-later
// A verdict of the eligibility rules as a tree: what decided, the rules that apply, those that do not, and what was read in the header.
import { number, percent, t, word } from './language.js';
import { Facts, Notice, Told } from './parts.js';
import { html } from './view.js';

function Rule({ rule }) {
  return html`<li class=${rule.Fired ? `fired says-${rule.Says}` : 'silent'}><span class="rule-id"><code>${rule.ID}</code> <span class="quiet">${word('says', rule.Says)}${rule.Weight > 0 && ['for', 'against'].includes(rule.Says) ? ` ${number(rule.Weight, 2)}` : ''}</span></span>
    <span><${Told}>${rule.Because}<//></span><small class="quiet"><${Told}>${rule.Why}<//></small></li>`;
}

const Group = ({ title, rules, open }) => (rules.length === 0 ? null : html`<details open=${open}><summary>${title} <span class="count">${rules.length}</span></summary><ul class="rules">${rules.map((rule) => html`<${Rule} key=${rule.ID + rule.Says} rule=${rule} />`)}</ul></details>`);

const factText = (value) => (typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));

export function Explanation({ verdict }) {
  const rules = verdict.Rules ?? [];
  const decided = rules.find((rule) => rule.ID === verdict.Rule);
  const contrast = verdict.Contrast ?? {};
  return html`<section class="explanation"><h2>${t('explain.title')}</h2>
    <${Notice} kind=${verdict.Eligible ? 'good' : 'warning'}><strong>${t(verdict.Eligible ? 'explain.eligible' : 'explain.refused')}</strong> ${!verdict.Eligible && html`<${Told}>${verdict.Reason}<//>`}
      ${' '}${t('explain.confidence', { value: percent(verdict.Confidence ?? 0), threshold: percent(verdict.Threshold ?? 0) })}<//>
    ${decided && html`<${Group} title=${t('explain.decided')} rules=${[decided]} open=${true} />`}
    <${Group} title=${t('explain.fired')} rules=${rules.filter((rule) => rule.Fired && rule !== decided)} open=${true} />
    <${Group} title=${t('explain.silent')} rules=${rules.filter((rule) => !rule.Fired)} open=${false} />
    <${Group} title=${t('explain.contrast', { class: contrast.Class ?? '–', value: percent(contrast.Confidence ?? 0) })} rules=${(contrast.Rules ?? []).filter((rule) => rule.Fired)} open=${false} />
    <details><summary>${t('explain.facts')}</summary><${Facts} rows=${Object.entries(verdict.Facts ?? {}).map(([name, value]) => [name, factText(value)])} /></details>
    ${(verdict.Stacks ?? []).length > 0 && html`<details open=${verdict.Stacks.length > 1}><summary>${t('explain.stacks')} <span class="count">${verdict.Stacks.length}</span></summary><ul class="rules">${verdict.Stacks.map((stack, i) => html`<li key=${i} class=${stack.Chosen ? 'fired says-for' : 'silent'}><span class="rule-id">${stack.Chosen ? t('explain.chosen') : t('explain.notChosen')}</span><span><${Told}>${stack.Description}<//></span><small class="quiet"><${Told}>${stack.Fault ?? ''}<//></small></li>`)}</ul></details>`}
  </section>`;
}
