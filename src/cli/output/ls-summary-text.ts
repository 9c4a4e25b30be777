import prettyBytes from 'pretty-bytes';
import type { Amount, StoredSummary } from '../../bucket/summarize-stored.ts';
import { printable } from './printable.ts';

/**
 * Formats the summary of a listing as a table.
 *
 * @param isForPeople Whether sizes have units; otherwise they are bytes.
 */
export function lsSummaryText({ classes, ages, ...total }: StoredSummary, isForPeople: boolean): string {
  const rows: readonly (readonly [string, Amount])[] = [
    ['all', total],
    ...classes.map((each) => [`class ${printable(each.class)}`, each] as const),
    ...ages.map(
      (each, index) => [ageName(ages[index - 1]?.younger_than_days, each.younger_than_days), each] as const,
    ),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = (name: string, objects: string, size: string) =>
    `${name.padEnd(width)}  ${objects.padStart(12)}  ${size.padStart(16)}\n`;
  const sizeOf = (bytes: number) => (isForPeople ? prettyBytes(bytes) : String(bytes));
  return [
    line('', 'objects', 'size'),
    ...rows.map(([name, { objects, bytes }]) => line(name, String(objects), sizeOf(bytes))),
  ].join('');
}

function ageName(from: number | null | undefined, to: number | null): string {
  if (from === undefined) return `stored less than ${to} day ago`;
  return to === null ? `stored ${from} days ago, or more` : `stored ${from} to ${to} days ago`;
}
