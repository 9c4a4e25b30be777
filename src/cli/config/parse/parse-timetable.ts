import { FormError } from './form-error.ts';
import { parseSize } from './parse-size.ts';

/** A limit that applies from a time of the day until the next step. */
interface Step {
  /** Minutes since midnight, in local time. */
  readonly minute: number;
  /** Limit in bytes per second; `Infinity` for none. */
  readonly bytesPerSecond: number;
}

/** The steps of a day, in order; at least one. The last one applies until the first of the next day. */
export type Timetable = readonly Step[];

/**
 * Smallest limit, in bytes per second. With less, a part of 8 MiB would take more than ten minutes; such a limit is mostly a
 * forgotten unit.
 */
const MIN_BYTES_PER_SECOND = 16 * 1024;
const FORM =
  'a size per second from 16K (10M, 1GiB), off, or times with one limit each: 08:00=10M 19:00=off; each time only once';

/**
 * Reads a limit or a timetable: `10M`, `off`, or `08:00=10M 19:00=off`.
 *
 * @throws FormError that names the allowed forms
 */
export function parseTimetable(text: string): Timetable {
  const words = text.trim().split(/\s+/);
  if (words.length === 1 && !text.includes('=')) return [{ minute: 0, bytesPerSecond: parseRate(text) }];
  const steps = words.map(parseStep).sort((a, b) => a.minute - b.minute);
  if (new Set(steps.map(({ minute }) => minute)).size < steps.length) throw new FormError(FORM);
  return steps;
}

/** The limit at a moment, in bytes per second. Local time decides, also if daylight saving time changes it. */
export function limitAt(timetable: Timetable, date: Date): number {
  const minute = date.getHours() * 60 + date.getMinutes();
  const step = timetable.findLast((candidate) => candidate.minute <= minute) ?? timetable.at(-1);
  return step?.bytesPerSecond ?? Number.POSITIVE_INFINITY;
}

function parseStep(word: string): Step {
  const [, hours, minutes, rate] = /^(\d{1,2}):(\d{2})=(.+)$/.exec(word) ?? [];
  if (rate === undefined || Number(hours) > 23 || Number(minutes) > 59) throw new FormError(FORM);
  return { minute: Number(hours) * 60 + Number(minutes), bytesPerSecond: parseRate(rate) };
}

function parseRate(text: string): number {
  const word = text.trim().toLowerCase();
  if (word === 'off' || word === '0') return Number.POSITIVE_INFINITY;
  const bytes = sizeOf(word);
  if (bytes < MIN_BYTES_PER_SECOND) throw new FormError(FORM);
  return bytes;
}

function sizeOf(word: string): number {
  try {
    return parseSize(word);
  } catch {
    throw new FormError(FORM);
  }
}
