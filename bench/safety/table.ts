import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, type } from 'node:os';
import type { SafetyCase } from './case.ts';
import type { Result } from './run-case.ts';
import type { Tool } from './tools.ts';

const BEGIN = '<!-- bench:safety begin: written by `npm run bench:safety -- --write` -->';
const END = '<!-- bench:safety end -->';

export interface Outcome {
  readonly tools: readonly Tool[];
  readonly cases: readonly SafetyCase[];
  readonly results: readonly Result[];
  /** By tool; undefined where it is not installed. */
  readonly versions: ReadonlyMap<Tool, string | undefined>;
}

/** The comparison in Markdown. A tool that is not installed is a line, not a column. */
export function tableOf({ tools, cases, results, versions }: Outcome): string {
  const shown = tools.filter((tool) => versions.get(tool) !== undefined);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cellFor = (safetyCase: SafetyCase, tool: Tool) =>
    results.find((result) => result.case === safetyCase.id && result.tool === tool.id)?.cell ?? '';
  const total = (title: string, counts: (result: Result) => boolean) =>
    row([title, ...shown.map(({ id }) => String(results.filter((r) => r.tool === id && counts(r)).length))]);
  return [
    row(['case', ...shown.map(({ title }) => title)]),
    row(['---', ...shown.map(() => '---')]),
    ...cases.map((safetyCase) => row([safetyCase.title, ...shown.map((tool) => cellFor(safetyCase, tool))])),
    total('**cases with a loss**', isLoss),
    total('**exit 0 and something wrong**', ({ lied }) => lied),
    '',
    ...tools.map((tool) => `- \`${tool.shown}\`: ${versions.get(tool) ?? 'not installed'}`),
    `- on ${type()} ${release()}, ${arch()}, ${cpus().length} processors, Node.js ${process.version}`,
  ].join('\n');
}

function isLoss({ lost = [], overwritten = [], deletedOutside = [] }: Result): boolean {
  return lost.length + overwritten.length + deletedOutside.length > 0;
}

/** Puts the table between the marks. @throws Error when the file has no marks */
export function writeTable(file: string, table: string): void {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} has no marks for the table`);
  writeFileSync(file, `${text.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${text.slice(end)}`);
}
