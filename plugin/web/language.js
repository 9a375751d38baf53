// SPDX-License-Identifier: GPL-3.0-or-later
// The language of the page: what was chosen, else the browser's. Dates and numbers follow it.
import { texts } from './texts.js';

const KEY = 'spineseg-language';
const names = Object.keys(texts);

/** Storage may be forbidden; the choice then lasts as long as the page. */
export function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch { /* see above */ }
}

const chosen = remembered(KEY);
const wished = [chosen, ...navigator.languages].map((name) => String(name).slice(0, 2)).find((name) => names.includes(name));
export const language = { name: wished ?? 'en' };
document.documentElement.lang = language.name;

export function chooseLanguage(name) {
  language.name = name;
  remember(KEY, name);
  document.documentElement.lang = name;
}

/** The text of that key, with the values put in at {name}. */
export function t(key, values = {}) {
  const text = texts[language.name][key] ?? texts.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** The word for a code of the server ("state", "running"); the code itself where there is none. */
export function word(kind, code) {
  const key = `${kind}.${code}`;
  return Object.hasOwn(texts[language.name], key) ? texts[language.name][key] : String(code ?? '').replaceAll('_', ' ');
}

/** "L3 vertebra", "L3/L4 disc", "Spinal canal": the words of it. */
export function structureName(name) {
  return String(name).replace(/\b(vertebra|disc|Spinal canal|Canal|canal)\b/, (found) => word('structure', found.toLowerCase()));
}

export const number = (value, digits = 1) => new Intl.NumberFormat(language.name,
  { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
export const percent = (value) => new Intl.NumberFormat(language.name, { style: 'percent', maximumFractionDigits: 0 }).format(value);

/** No date that could be read as another one: 11/12 is two days. */
const DAY = { year: 'numeric', month: 'short', day: 'numeric' };

export function when(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  const today = date.toDateString() === new Date().toDateString();
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(language.name, today ? { ...clock, second: '2-digit' } : { ...DAY, ...clock }).format(date);
}

/** "20261130" of DICOM; empty where it is no date. */
export function dicomDate(text) {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text ?? '') ?? [];
  return year ? new Intl.DateTimeFormat(language.name, DAY).format(new Date(year, month - 1, day)) : '';
}

/** 75 -> "1 min 15 s". */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 10) return `${number(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}
