import prettyBytes from 'pretty-bytes';

const WHOLE: Readonly<Intl.NumberFormat> = new Intl.NumberFormat('en');

export const number = (value: number): string => WHOLE.format(value);
export const files = (count: number): string => `${number(count)} ${count === 1 ? 'file' : 'files'}`;
export const size = (bytes: number | null): string => (bytes === null ? '' : prettyBytes(bytes));

/** `0:05`, `12:00`, `1:30:00` */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  const [first = 0, ...rest] = parts;
  const text = [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
  return Number.isInteger(seconds) ? text : `${text}.${String(Math.round((seconds % 1) * 10)).slice(0, 1)}`;
}
