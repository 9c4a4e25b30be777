const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Formats a length of time in at most two units: `45s`, `28m`, `3h12m`, `2d4h`. Seconds are left out from ten minutes on. */
export function shortTime(seconds: number): string {
  const step = seconds < 600 ? 1 : seconds < 86_400 ? 60 : 3_600;
  let left = Math.max(step === 1 ? 1 : 0, Math.round(seconds / step)) * step;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join('');
}
