import type { ScriptData } from '../page.ts';
import { number, size } from './formats.ts';

export type Row = ScriptData['rows'][number];

/** A column of the table: its title, its text, and the value that it is sorted by. */
export interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  readonly text: (row: Row) => string;
  readonly value: (row: Row) => string | number;
}

const COLUMNS: readonly Column[] = [
  { title: 'Path', isNumber: false, text: ([path]) => path, value: ([path]) => path },
  { title: 'Fate', isNumber: false, text: ([, fate]) => fate, value: ([, fate]) => fate },
  { title: 'Code', isNumber: false, text: ([, , code]) => code ?? '', value: ([, , code]) => code ?? '' },
  { title: 'Size', isNumber: true, text: (row) => size(row[3]), value: (row) => row[3] ?? -1 },
  {
    title: 'Seconds',
    isNumber: true,
    text: (row) => (row[4] === null ? '' : String(row[4])),
    value: (row) => row[4] ?? -1,
  },
  { title: 'Attempts', isNumber: true, text: (row) => number(row[5]), value: (row) => row[5] },
  { title: 'Proof', isNumber: false, text: (row) => row[6] ?? '', value: (row) => row[6] ?? '' },
];

/** The columns that say something of at least one row: a verification has no attempts, an old report no seconds. */
export function columnsFor(rows: readonly Row[]): readonly Column[] {
  const saysNothing = new Set(['', '0']);
  return COLUMNS.filter(
    ({ text }, at) => at === 0 || rows.length === 0 || rows.some((row) => !saysNothing.has(text(row))),
  );
}

const COLLATOR: Readonly<Intl.Collator> = new Intl.Collator('en', { numeric: true });

/** The rows that contain the text in path, code or reason, and have the fate; sorted if a column is named. */
export function selectRows(
  rows: readonly Row[],
  {
    text,
    fate,
    column,
    isDescending,
  }: { text: string; fate: string; column: Column | undefined; isDescending: boolean },
): readonly Row[] {
  const wanted = text.toLowerCase();
  const found = rows.filter(
    ([path, ofFate, code, , , , , , reason]) =>
      (fate === '' || ofFate === fate) &&
      (wanted === '' || [path, code, reason].some((field) => field?.toLowerCase().includes(wanted))),
  );
  if (column === undefined) return found;
  const direction = isDescending ? -1 : 1;
  return found.sort((a, b) => direction * compare(column.value(a), column.value(b)));
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(String(a), String(b));
}
