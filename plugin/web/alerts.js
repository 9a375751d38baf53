// SPDX-License-Identifier: GPL-3.0-or-later
// What is not as it should be, as short texts above every view, the worst first.
import { duration, t } from './language.js';

const LONG_WAIT = 3600; // seconds that the oldest job may have waited before it is told

function workersAlerts(health) {
  const alerts = [];
  const say = (kind, key, values) => alerts.push({ kind, text: t(key, values) });
  if (health.Status === 'no_worker') say('trouble', 'alert.noWorker');
  if (health.Status === 'model_not_served') say('trouble', 'alert.notServed');
  for (const worker of health.Workers ?? []) {
    if (worker.SelfTest?.State === 'failed') say('trouble', 'alert.selfTest', { worker: worker.Name });
    if (worker.Cage && !worker.Cage.Whole) say('warning', 'alert.cage', { worker: worker.Name });
  }
  return alerts;
}

export function alertsOf({ data, error }) {
  if (error) return [{ kind: 'trouble', text: t('error.silent') }];
  if (!data) return [];
  const { health, queue } = data;
  const alerts = [];
  const say = (kind, key, values) => alerts.push({ kind, text: t(key, values) });
  if (health.Status === 'database_unavailable') say('trouble', 'alert.database', { detail: health.Database });
  alerts.push(...workersAlerts(health));
  if (queue?.Draining) say('warning', 'alert.draining');
  else if (queue?.Paused) say('warning', 'alert.paused');
  else if (queue?.OldestQueuedSeconds > LONG_WAIT) say('warning', 'alert.longWait', { time: duration(queue.OldestQueuedSeconds) });
  const free = health.Disk?.FreeBytes;
  if (Number.isFinite(free) && free < 2 ** 30) say('trouble', 'alert.disk');
  return alerts;
}
