import { BackupError } from '../../core/errors.ts';

/** One number, or every so many from 0 on: `{ step: 1 }` is each. */
export type Field = number | { readonly step: number };

/** When a schedule runs, in local time. systemd, cron and launchd can all say it. */
export interface Every {
  /** As it was given. */
  readonly text: string;
  /** Days of the week, Sunday is 0; empty for each day. */
  readonly days: readonly number[];
  readonly hours: Field;
  readonly minutes: Field;
}

export const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
/** Numbers that divide a day or an hour: cron counts anew from each midnight, and from each full hour. */
const HOURS = [1, 2, 3, 4, 6, 8, 12];
const MINUTES = [5, 10, 15, 20, 30];

/** The forms of `--every`, for messages. */
const FORMS = `02:15 (each day), "Mon 02:15", "Mon,Thu 02:15" or "Mon-Fri 02:15", hourly, ${HOURS.map((n) => `${n}h`).join(' ')}, or ${MINUTES.map((n) => `${n}m`).join(' ')}`;

/**
 * Reads when a schedule runs.
 *
 * @throws BackupError `BAD_OPTION` that names the allowed forms
 */
export function parseEvery(given: string): Every {
  const text = given.trim();
  const [, count = '', unit = ''] = /^(\d{1,2})([hm])$/.exec(text === 'hourly' ? '1h' : text) ?? [];
  const step = Number(count);
  if (unit === 'h' && HOURS.includes(step)) return { text, days: [], hours: { step }, minutes: 0 };
  if (unit === 'm' && MINUTES.includes(step))
    return { text, days: [], hours: { step: 1 }, minutes: { step } };
  const [, names, hour = '', minute = ''] = /^(?:([a-z,-]+) +)?(\d{1,2}):(\d\d)$/i.exec(text) ?? [];
  const days = names === undefined ? [] : daysOf(names);
  if (days === undefined || hour === '' || Number(hour) > 23 || Number(minute) > 59)
    throw new BackupError('BAD_OPTION', `--every is ${JSON.stringify(given)}; use ${FORMS}.`);
  return { text, days, hours: Number(hour), minutes: Number(minute) };
}

/** Reads `Mon`, `Mon,Thu` or `Mon-Fri`; undefined if it is none of them. */
function daysOf(names: string): number[] | undefined {
  const days = names.split(',').flatMap((part): (number | undefined)[] => {
    const [first, last, ...more] = part.split('-').map(dayOf);
    if (more.length > 0 || first === undefined) return [undefined];
    if (!part.includes('-')) return [first];
    if (last === undefined) return [undefined];
    // From Sat to Mon are three days.
    const length = (last - first + 7) % 7;
    return Array.from({ length: length + 1 }, (_, index) => (first + index) % 7);
  });
  const known = days.filter((day) => day !== undefined);
  return known.length === days.length ? [...new Set(known)].sort((a, b) => a - b) : undefined;
}

function dayOf(name: string): number | undefined {
  const day = DAYS.findIndex((each) => each.toLowerCase() === name.toLowerCase());
  return day < 0 ? undefined : day;
}

/** The values of a field. @param limit Number of values that there are: 24 hours, 60 minutes. */
export function valuesOf(field: Field, limit: number): number[] {
  if (typeof field === 'number') return [field];
  return Array.from({ length: limit / field.step }, (_, index) => index * field.step);
}

/** The seconds by which runs are spread, so that many machines do not ask the store in the same second. */
export function spreadSeconds({ hours, minutes }: Every): number {
  if (typeof hours === 'number') return 900;
  return typeof minutes === 'number' ? 300 : 30;
}
