import prettyBytes from 'pretty-bytes';
import type { Amount, StoredSummary } from '../../bucket/summarize-stored.ts';
import { printable } from './printable.ts';

/**
 * Formats the summary of a listing as a table.
 *
 * @param isForPeople Whether sizes have units; otherwise they are bytes.
 */
export function lsSummaryText({ classes, ages, ...total }: StoredSummary, isForPeople: boolean): string {
  const row = (name: string, { objects, bytes }: Amount) => {
    const size = isForPeople ? prettyBytes(bytes) : String(bytes);
    return `${name.padEnd(26)}  ${String(objects).padStart(12)}  ${size.padStart(16)}\n`;
  };
  return [
    `${''.padEnd(26)}  ${'objects'.padStart(12)}  ${'size'.padStart(16)}\n`,
    row('all', total),
    ...classes.map((each) => row(`class ${printable(each.class)}`, each)),
    ...ages.map((each, index) =>
      row(ageName(ages[index - 1]?.younger_than_days, each.younger_than_days), each),
    ),
  ].join('');
}

function ageName(from: number | null | undefined, to: number | null): string {
  if (from === undefined) return `stored less than ${to} day ago`;
  return to === null ? `stored ${from} days ago, or more` : `stored ${from} to ${to} days ago`;
}
