import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { isTerminal } from './screen.ts';

/** Width of output that goes to no terminal, in characters. */
const USUAL_COLUMNS = 80;
/** Longest line on a wide terminal: longer ones are hard to read. */
const MOST_COLUMNS = 120;
/** Least width of a column of text. If less is left beside the first column, the text goes below it. */
const LEAST_TEXT = 28;

/** The width that a text for this stream has, in characters. */
export function columnsOf(stream: Writable): number {
  const { isTTY, columns } = stream as Partial<NodeJS.WriteStream>;
  return isTTY === true && columns ? Math.min(columns, MOST_COLUMNS) : USUAL_COLUMNS;
}

/**
 * Wraps a text between words, so that it fits beside a margin. Each line after the first is indented by the margin. A longer
 * word stays whole, since a path that is broken cannot be copied.
 */
export function wrap(text: string, columns: number, margin = 0): string {
  const [first = '', ...words] = text.split(' ');
  const lines = [first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (widthOf(longer) <= columns - margin) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(margin)}`);
}

/** Width of a text without its colours, in characters. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/**
 * Wraps each line between words if the text goes to a terminal; what continues a line is indented like its beginning, by two
 * spaces at least. Elsewhere each line stays whole, for grep.
 */
export function wrapLines(text: string, stream: Writable): string {
  if (!isTerminal(stream)) return text;
  const columns = columnsOf(stream);
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n');
}

function wrapLine(line: string, columns: number): string {
  const indent = / */.exec(line)?.[0] ?? '';
  return indent + wrap(line.slice(indent.length), columns, Math.max(2, indent.length));
}

/** Width of the first column of {@link table}, in characters. */
export function firstColumn(rows: readonly (readonly [string, string])[]): number {
  return Math.max(0, ...rows.map(([left]) => left.length));
}

/** Formats rows of two columns, the second one wrapped. @param width Width of the first column. */
export function table(
  rows: readonly (readonly [string, string])[],
  columns: number,
  width = firstColumn(rows),
): string {
  const margin = width + 4;
  const isBeside = columns - margin >= LEAST_TEXT;
  const below = (left: string, right: string) => `  ${left}\n${' '.repeat(8)}${wrap(right, columns, 8)}\n`;
  return rows
    .map(([left, right]) =>
      isBeside ? `  ${left.padEnd(width)}  ${wrap(right, columns, margin)}\n` : below(left, right),
    )
    .join('');
}
