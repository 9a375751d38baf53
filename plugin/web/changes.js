// SPDX-License-Identifier: GPL-3.0-or-later
// What changes on the server, by one long poll for the whole page. It rests while nobody looks at the page.
import { getJson, ours, query } from './api.js';
import { useEffect, useRef } from './view.js';

const WAIT = 20; // seconds; the longest that the server allows
const BREATH = 400; // ms between two polls, so that a quick job does not ask ten times a second
const AFTER_FAULT = 3000;

const listeners = new Set();
let last;
let polling = null;

const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (change) => [...listeners].forEach((listener) => listener(change));

async function poll(signal) {
  if (last === undefined) {
    last = (await getJson(ours('changes'), signal)).Last; // without a number it answers at once
    tell({ jobs: [], all: true });
    return;
  }
  const change = await getJson(ours(`changes${query({ since: String(last), timeout: WAIT })}`), signal);
  if (change.Last !== last) tell({ jobs: change.Jobs, all: Boolean(change.Queue || change.More || change.Reset) });
  else if (change.Waited === false) await rest(AFTER_FAULT);
  last = change.Last;
}

async function run(signal) {
  while (!signal.aborted) {
    try {
      await poll(signal);
      await rest(BREATH);
    } catch (error) {
      if (signal.aborted) return;
      last = undefined; // the server may have begun anew
      await rest(AFTER_FAULT);
      if (!signal.aborted) tell({ jobs: [], all: true });
    }
  }
}

function turn() {
  const wanted = listeners.size > 0 && !document.hidden;
  if (wanted && !polling) {
    polling = new AbortController();
    run(polling.signal);
  } else if (!wanted && polling) {
    polling.abort();
    polling = null;
    last = undefined;
  }
}
document.addEventListener('visibilitychange', turn);

/** Calls `listener` with {jobs: [ids], all: whether the queue as a whole changed} for as long as the component is shown. */
export function useChanges(listener) {
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => {
    const told = (change) => newest.current(change);
    listeners.add(told);
    turn();
    return () => {
      listeners.delete(told);
      turn();
    };
  }, []);
}
