// SPDX-License-Identifier: GPL-3.0-or-later
// Chromium for browser.py: a command a line on the standard input, {page, call, args}, and its answer a line on the standard output,
// {value} or {error}. `call` is a function below, or one of Playwright's page.

import fs from 'fs';
import path from 'path';
import readline from 'readline';
import { createRequire } from 'module';

const [, , node, executablePath] = process.argv;
const require = createRequire(path.join(node, 'node_modules', 'x.js'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const PATIENCE = 15000;
const browser = await chromium.launch({ executablePath, args: ['--disable-dev-shm-usage'] });
const pages = new Map(); // name → {page, requests, errors}

const calls = {
  async open({ name }, options) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const seen = { page, requests: [], errors: [] };
    page.on('request', (request) => seen.requests.push(`${request.method()} ${request.url()}`));
    page.on('pageerror', (error) => seen.errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && !/Failed to load resource/.test(message.text()) && seen.errors.push(message.text()));
    pages.set(name, seen);
  },
  close: ({ page }) => page.context().close(),
  requests: ({ requests }) => requests,
  errors: ({ errors }) => errors,
  forget: ({ requests }) => { requests.length = 0; },
  text: ({ page }, selector) => page.locator(selector).first().innerText(),
  texts: ({ page }, selector) => page.locator(selector).allInnerTexts(),
  count: ({ page }, selector) => page.locator(selector).count(),
  press: ({ page }, key) => page.keyboard.press(key),
  evaluate: ({ page }, script, argument) => page.evaluate(`(${script})(${JSON.stringify(argument ?? null)})`),
  /** Until it is true. Playwright's own waitForFunction evaluates a text in the page, which the page's policy forbids. */
  async wait({ page }, script) {
    for (const deadline = Date.now() + PATIENCE; !(await page.evaluate(`(${script})()`).catch(() => false));) {
      if (Date.now() > deadline) throw new Error(`not within ${PATIENCE} ms`);
      await page.waitForTimeout(50);
    }
  },
  select: ({ page }, selector, value) => page.selectOption(selector, value),
  async download({ page }, selector) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
    return { name: download.suggestedFilename(), text: fs.readFileSync(await download.path(), 'utf8') };
  },
  /** What axe-core objects to, as "rule: element". */
  async axe({ page }) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`));
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { page: name, call, args } = JSON.parse(line);
  let answer;
  try {
    const own = pages.get(name) ?? { name };
    const value = calls[call] ? await calls[call]({ ...own, name }, ...args) : await own.page[call](...args);
    answer = { value: call in calls ? value ?? null : null }; // what Playwright itself answers is none of JSON
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
