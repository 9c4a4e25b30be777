import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { draw } from './draw.ts';
import { type Table, tablesIn } from './tables.ts';

/** Beside bench/RESULTS.md. */
const FOLDER = 'charts';
const IMAGE = /^!\[.*\]\(charts\/\S+\.svg\)$/;

/** The results with a chart below each table, and the charts by their names. */
export function withCharts(markdown: string): { markdown: string; charts: ReadonlyMap<string, string> } {
  const lines = withoutImages(markdown);
  const tables = tablesIn(lines.join('\n'));
  const charts = new Map(tables.map((table) => [`${table.id}.svg`, draw(table)]));
  for (const table of [...tables].reverse()) lines.splice(table.end, 0, '', imageOf(table));
  return { markdown: lines.join('\n'), charts };
}

/** Writes the results, and their charts beside them in place of those that are there. */
export function writeResults(file: string, text: string): void {
  const { markdown, charts } = withCharts(text);
  const folder = join(dirname(file), FOLDER);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!charts.has(name)) rmSync(join(folder, name));
  for (const [name, svg] of charts) writeFileSync(join(folder, name), svg);
  writeFileSync(file, markdown);
}

function withoutImages(markdown: string): string[] {
  const lines = markdown.split('\n');
  return lines.filter((line, at) => !IMAGE.test(line) && !(line === '' && IMAGE.test(lines[at + 1] ?? '')));
}

function imageOf({ id, title, columns }: Table): string {
  const shown = columns.map(({ name, unit }) => `${name} ${unit}`).join(', ');
  return `![${title}: bars for ${shown}](${FOLDER}/${id}.svg)`;
}
