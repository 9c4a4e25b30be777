import { FormError } from './form-error.ts';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const FORM = 'a duration: whole seconds, or a whole number with s, m, h or d (90, 90s, 15m, 12h, 7d)';
/** Longest duration. A longer one is a typing error, and would exceed the range of JavaScript's dates. */
const HUNDRED_YEARS = 100 * 365 * SECONDS.d;

/**
 * Reads a duration such as `90`, `90s`, `15m`, `12h` or `7d`.
 *
 * @returns seconds; at most 100 years
 * @throws FormError that names the allowed forms
 */
export function parseDuration(value: string | number): number {
  const match = /^(\d{1,12})\s*([smhd]?)$/i.exec(String(value).trim());
  const seconds = Number(match?.[1] ?? Number.NaN) * SECONDS[unitOf(match?.[2])];
  if (!Number.isInteger(seconds)) throw new FormError(FORM);
  if (seconds > HUNDRED_YEARS) throw new FormError('a duration of at most 100 years (36500d)');
  return seconds;
}

function unitOf(letter: string | undefined): keyof typeof SECONDS {
  const unit = letter?.toLowerCase();
  return unit === 'm' || unit === 'h' || unit === 'd' ? unit : 's';
}

/** Formats seconds as the shortest text that {@link parseDuration} reads: `0s`, `90s`, `15m`, `7d`. */
export function formatDuration(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (seconds > 0 && seconds % SECONDS[unit] === 0) return `${seconds / SECONDS[unit]}${unit}`;
  }
  return `${seconds}s`;
}
