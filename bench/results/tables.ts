/** The median that a cell begins with. */
export interface Cell {
  readonly value: number;
  /** As it is in the table. */
  readonly shown: string;
}

/** A column that a chart shows. */
export interface Column {
  /** Such as `CPU`. */
  readonly name: string;
  /** Such as `s`. Columns of one unit share a panel. */
  readonly unit: string;
  /** Undefined where the table has none, since a client failed. */
  readonly cells: readonly (Cell | undefined)[];
}

/** A table of bench/RESULTS.md. */
export interface Table {
  /** The block it is in, and which of its tables it is: `small-1`. */
  readonly id: string;
  /** The heading that it is below. */
  readonly title: string;
  /** What each row is about. */
  readonly labels: readonly string[];
  /** Those that are drawn, at least one. */
  readonly columns: readonly Column[];
  /** The index of the line behind it. */
  readonly end: number;
}

/** The columns that are drawn, with their units: `CPU s`, `wall, µs a file`, and of ratios `CPU`. */
const DRAWN = /^(CPU|wall|peak|ratio)(?:,? (.+))?$/;

/** The tables that can be drawn, in their order. */
export function tablesIn(markdown: string): Table[] {
  const lines = markdown.split('\n');
  const found: Table[] = [];
  let [block, title, count] = ['', '', 0];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, begun] = /^<!-- bench:(\S+) begin -->$/.exec(line) ?? [];
    if (begun !== undefined) [block, count] = [begun, 0];
    const [, heading] = /^#+ (.+)$/.exec(line) ?? [];
    title = heading ?? title;
    if (!line.startsWith('| ') || !lines[at + 1]?.startsWith('| ---')) continue;
    const start = at;
    while (lines[at]?.startsWith('|')) at += 1;
    const rows = lines.slice(start + 2, at).map(cellsOf);
    const columns = columnsOf(cellsOf(line), rows);
    if (columns.length === 0) continue;
    count += 1;
    found.push({ id: `${block}-${count}`, title, labels: rows.map(labelOf), columns, end: at });
  }
  return found;
}

const cellsOf = (line: string) => line.replace(/^\| | \|$/g, '').split(' | ');
/** Without the note on runs that failed. */
const labelOf = ([label = '']: readonly string[]) => label.replace(/ \(\*\*.*$/, ' (failed)');

function columnsOf(head: readonly string[], rows: readonly (readonly string[])[]): Column[] {
  // The head of a table of ratios ends with whose they are: `ours, of theirs`.
  const [, whose = ''] = /, (of .+)$/.exec(head[0] ?? '') ?? [];
  return head.flatMap((heading, index) => {
    const [, name, unit = whose] = DRAWN.exec(heading) ?? [];
    return name === undefined ? [] : [{ name, unit, cells: rows.map((row) => cellOf(row[index] ?? '')) }];
  });
}

function cellOf(text: string): Cell | undefined {
  const [shown] = /^-?\d[\d.]*/.exec(text) ?? [];
  return shown === undefined ? undefined : { value: Number(shown), shown };
}
