// SPDX-License-Identifier: GPL-3.0-or-later
// photograph_ohif.mjs ORDER.json: opens a study in OHIF in headless Chromium, loads the Segmentation and then the Parametric Map
// as a reader does (a double click on the series, "Yes"), and photographs the slices asked for with and without each overlay.
//
// ORDER: { node, dist, chromium, orthancPort, study, segmentation, map (Series Instance UIDs), out, slices: [{ name, sop,
// corners: [3 points in LPS] }] }. Leaves in OUT the pictures and report.json: for every picture where on it those corners lie,
// and what the viewer itself says about segments, colour scale and errors. The test judges; this program only looks.

import fs from 'fs';
import { createRequire } from 'module';
import path from 'path';

import { serveOhif } from './serve_ohif.mjs';

const order = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const { chromium } = createRequire(path.join(order.node, 'package.json'))('playwright-core');

const WINDOW = { width: 1440, height: 900 };
const WAIT = { timeout: 90000 };
const report = { pictures: {}, notices: [], errors: [] };

const began = Date.now();
function say(what) {
  console.log(`${((Date.now() - began) / 1000).toFixed(1)} s: ${what}`);
}

async function openStudy(page, url) {
  await page.goto(`${url}/viewer?StudyInstanceUIDs=${order.study}`, WAIT);
  await page.waitForFunction(() => {
    const [enabled] = window.cornerstone?.getEnabledElements() ?? [];
    return enabled?.viewport.viewportStatus === 'rendered' && enabled.viewport.getCurrentImageId();
  }, null, WAIT);
  await page.evaluate(() => {
    const service = window.services.uiNotificationService;
    const show = service.show.bind(service);
    window.notices = [];
    service.show = (notice) => { window.notices.push(`${notice.type}: ${notice.message}`); return show(notice); };
  });
  report.seriesShown = await page.evaluate(() => Object.fromEntries(
    window.services.displaySetService.getActiveDisplaySets().map((set) => [set.SeriesInstanceUID, set.Modality])));
}

async function doubleClickSeries(page, series) {
  const id = await page.evaluate((uid) => window.services.displaySetService.getActiveDisplaySets()
    .find((set) => set.SeriesInstanceUID === uid)?.displaySetInstanceUID, series);
  if (!id) throw new Error(`the viewer does not list the series ${series}`);
  await page.locator(`[id="thumbnail-${id}"]`).dblclick(WAIT);
  return id;
}

/** Waits until three looks in a row see the same: overlays are drawn a moment after the image is. */
async function stillPicture(page) {
  let last = await page.screenshot();
  let alike = 1;
  for (let looks = 0; looks < 40; ++looks) {
    await page.waitForTimeout(250);
    const next = await page.screenshot();
    alike = next.equals(last) ? alike + 1 : 1;
    if (alike === 3) return next;
    last = next;
  }
  throw new Error('the picture never stands still');
}

async function photograph(page, name, slice) {
  const sop = await page.evaluate(async ({ wanted }) => {
    const { viewport } = window.cornerstone.getEnabledElements()[0];
    const shown = () => viewport.getCurrentImageId()?.match(/instances\/([\d.]+)/)?.[1];
    for (let index = 0; index < viewport.getNumberOfSlices() && shown() !== wanted; ++index) {
      await window.cornerstone.utilities.jumpToSlice(viewport.element, { imageIndex: index });
    }
    viewport.render();
    return shown();
  }, { wanted: slice.sop });
  if (sop !== slice.sop) throw new Error(`the viewer does not show the slice ${slice.sop}`);
  const file = `${name}-${slice.name}.png`;
  say(file);
  fs.writeFileSync(path.join(order.out, file), await stillPicture(page));
  report.pictures[`${name}-${slice.name}`] = await page.evaluate(({ corners }) => {
    const { viewport } = window.cornerstone.getEnabledElements()[0];
    const { left, top } = viewport.canvas.getBoundingClientRect();
    const marker = (side) => viewport.element.parentElement.querySelector(`.${side} .orientation-marker, .${side}.orientation-marker`)
      ?.textContent.trim();
    return {
      corners: corners.map((point) => viewport.worldToCanvas(point)).map(([x, y]) => [x + left, y + top]),
      left: marker('left-mid'), top: marker('top-mid'),
    };
  }, slice);
}

async function collectNotices(page) {
  report.notices.push(...await page.evaluate(() => window.notices));
}

async function photographSegmentation(page, url) {
  await openStudy(page, url);
  await page.locator('[data-cy="panelSegmentation-btn"]').click(WAIT);
  for (const slice of order.slices) await photograph(page, 'bare', slice);
  const id = await doubleClickSeries(page, order.segmentation);
  await page.locator('[data-cy="yes-hydrate-btn"]').click(WAIT);
  await page.waitForFunction((segmentation) => Object.values(
    window.services.segmentationService.getSegmentation(segmentation)?.segments ?? {})
    .every((segment) => segment.cachedStats?.namedStats?.count), id, WAIT);
  for (const slice of order.slices) await photograph(page, 'segmentation', slice);
  report.segments = await page.evaluate((segmentation) => {
    const { segmentationService } = window.services;
    const { viewport } = window.cornerstone.getEnabledElements()[0];
    return Object.values(segmentationService.getSegmentation(segmentation).segments).map((segment) => ({
      number: segment.segmentIndex, label: segment.label, voxels: segment.cachedStats.namedStats.count.value,
      colour: segmentationService.getSegmentColor(viewport.id, segmentation, segment.segmentIndex).slice(0, 3),
    }));
  }, id);
  report.opacities = await page.evaluate((segmentation) => {
    const { viewport } = window.cornerstone.getEnabledElements()[0];
    const { style } = window.cornerstoneTools.segmentation.config;
    const { fillAlpha, outlineOpacity } = style.getStyle({ viewportId: viewport.id, segmentationId: segmentation, type: 'Labelmap' });
    return [fillAlpha, outlineOpacity];
  }, id);
  await collectNotices(page);
}

async function photographMap(page, url) {
  await openStudy(page, url);
  const id = await doubleClickSeries(page, order.map);
  await page.waitForFunction((set) => {
    const [enabled] = window.cornerstone.getEnabledElements(); // none while the viewer changes to a volume
    return window.services.displaySetService.getDisplaySetByUID(set).isLoaded && enabled?.viewport.getActors().length === 2;
  }, id, WAIT);
  await page.locator('[data-sonner-toast]').first().waitFor({ state: 'hidden', ...WAIT });
  for (const slice of order.slices) await photograph(page, 'map', slice);
  report.colourScale = await page.evaluate(() => {
    const { actor } = window.cornerstone.getEnabledElements()[0].viewport.getActors()[1];
    const transfer = actor.getProperty().getRGBTransferFunction(0);
    return Array.from({ length: 101 }, (_, value) => {
      const colour = [0, 0, 0];
      transfer.getColor(value, colour);
      return colour.map((channel) => 255 * channel);
    });
  });
  await page.evaluate(() => {
    const { viewport } = window.cornerstone.getEnabledElements()[0];
    viewport.getActors()[1].actor.setVisibility(false);
    viewport.render();
  });
  for (const slice of order.slices) await photograph(page, 'without-map', slice);
  await collectNotices(page);
}

// SwiftShader: WebGL without a graphics card, the same pixels on every machine.
const browser = await chromium.launch({
  executablePath: order.chromium, timeout: WAIT.timeout,
  args: ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-dev-shm-usage'],
});
const server = await serveOhif({ dist: order.dist, orthancPort: order.orthancPort });
try {
  const page = await browser.newPage({ viewport: WINDOW });
  // The tour of a first visit would lie over the picture.
  await page.addInitScript(() => localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour'])));
  page.on('pageerror', (error) => report.errors.push(String(error)));
  page.on('console', (message) => console.log(`${message.type()}: ${message.text()}`));
  try {
    await photographSegmentation(page, server.url);
    await photographMap(page, server.url);
  } catch (error) {
    await page.screenshot({ path: path.join(order.out, 'failed.png') }).catch(() => {});
    throw error;
  }
  fs.writeFileSync(path.join(order.out, 'report.json'), JSON.stringify(report, null, 1));
} finally {
  await browser.close();
  server.close();
}
