// SPDX-License-Identifier: GPL-3.0-or-later
// The calls to the plugin and to Orthanc. Both may stand behind a prefix: what is before our root in the page's address is kept.

const root = document.documentElement.dataset.root;
const page = `${root}app`;
const prefix = location.pathname.endsWith(page) ? location.pathname.slice(0, -page.length) : '';

/** An address of the plugin ("jobs/…") and one of Orthanc ("series/…"). */
export const ours = (path) => `${prefix}${root}${path}`;
export const orthanc = (path) => `${prefix}/${path}`;
export const id = encodeURIComponent;

/** An answer that is not what was asked for. `status` is 0 where the server does not answer at all. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { cache: 'no-store', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, error.message);
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let told = text.slice(0, 300);
  try {
    const { Details, Message } = JSON.parse(text);
    told = Details || Message || told;
  } catch { /* not ours: shown as it came */ }
  throw new ApiError(answer.status, String(told));
}

/** A query of the values that are set. Orthanc leaves "+" as it is: a space is "%20". */
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false);
  return set.length ? `?${set.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')}` : '';
}

export async function getJson(address, signal) {
  return (await ask(address, { signal })).json();
}

/** The same, and the answer where its status says that something is wrong: GET health answers 503 with a whole document. */
export async function getHealth(signal) {
  const answer = await fetch(ours('health'), { cache: 'no-store', signal });
  return answer.json();
}

export async function post(address, body) {
  const options = { method: 'POST' };
  if (body !== undefined) Object.assign(options, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  const text = await (await ask(address, options)).text();
  return text ? JSON.parse(text) : null;
}

/** The bytes of a file of at most that size; more is not read to its end. */
export async function getBytes(address, most, signal) {
  const answer = await ask(address, { signal });
  const parts = [];
  let size = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new ApiError(413, `more than ${most} bytes`);
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export async function getPicture(address, signal) {
  return createImageBitmap(await (await ask(address, { signal })).blob());
}
