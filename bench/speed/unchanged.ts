/**
 * Measures what a second run over files takes that have not changed: `npm run bench:unchanged -- [options]`.
 *
 * `--files N` (100,000) of `--size BYTES` (4,096), first in folders of 100, then all in one folder (`--only folders|flat`
 * for one of them), `--runs N` (5) second runs, `--latency MS`, `--dir FOLDER` for the files, `--write` to
 * bench/RESULTS.md.
 */
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildProgram } from '../safety/program.ts';
import { dataSet } from './data-set.ts';
import { against, requestsOf } from './goals.ts';
import { machineText, versionOf } from './machine.ts';
import { type Measured, measure } from './measure.ts';
import { ourClients } from './ours.ts';
import { moveTo, pin } from './pinning.ts';
import type { Stats } from './sink/service.ts';
import { type Sink, startSink } from './sink-process.ts';
import { spreadOf, spreadText } from './spread.ts';
import { markdownTable } from './table.ts';
import { withUnchanged } from './unchanged-section.ts';

const FOLDER_FILES = 100;
/** Files that were changed less than 10 s before they were stored are read again. */
const REST_MS = 11_000;
/** Of the issue: for 100,000 files, and of the first run's time. */
const GOAL_REQUESTS = 150;
const GOAL_RATIO = 0.1;
const RESULTS = 'bench/RESULTS.md';

const LAYOUTS = ['folders', 'flat'] as const;
type Layout = (typeof LAYOUTS)[number];

interface Run extends Measured {
  /** Of this run alone. */
  readonly requests: number;
  readonly bytesSent: number;
}

const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  options: {
    files: { type: 'string', default: '100000' },
    size: { type: 'string', default: '4096' },
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    latency: { type: 'string', default: '0' },
    dir: { type: 'string', default: tmpdir() },
    write: { type: 'boolean', default: false },
  },
});
const files = Number(values.files);
const size = Number(values.size);
const layouts = LAYOUTS.filter((layout) => values.only === undefined || values.only === layout);
if (layouts.length === 0) throw new Error(`--only ${values.only}: expected one of ${LAYOUTS.join(', ')}`);

const pinning = pin(1);
moveTo(pinning.sink);
const program = buildProgram();
const root = mkdtempSync(join(realpathSync(values.dir), 's3-backup-unchanged-'));
process.once('exit', () => {
  program.remove();
  rmSync(root, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const [copy] = ourClients(program.bin, 1);
if (copy === undefined) throw new Error('ours does not run');

function makeFiles(layout: Layout): string {
  const folder = join(root, layout);
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < files; index += 1) {
    const number = String(Math.floor(index / FOLDER_FILES)).padStart(5, '0');
    const parent = layout === 'flat' ? folder : join(folder, number);
    if (index % FOLDER_FILES === 0) mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `file-${String(index).padStart(7, '0')}.bin`), randomFillSync(bytes));
  }
  return folder;
}

/** @throws Error when it does not end well */
async function runOnce(source: string, sink: Sink): Promise<Run> {
  const home = join(root, 'home');
  mkdirSync(home, { recursive: true });
  const { endpoint, certificate } = sink;
  const place = { source, endpoint, certificate, home, set: dataSet('small', 1), nodeFlags: [] };
  const before = await sink.stats();
  const measured = await measure(copy?.command(place) ?? { file: '', args: [] }, pinning.client, home);
  if (measured.code !== 0) throw new Error(measured.output);
  const after = await sink.stats();
  const grown = (value: (stats: Stats) => number) => value(after) - value(before);
  process.stderr.write(`${measured.wallSeconds} s\n`);
  return {
    ...measured,
    requests: grown(({ requests }) => requestsOf(requests)),
    bytesSent: grown(({ bodyBytes }) => bodyBytes),
  };
}

async function measureLayout(layout: Layout, sink: Sink): Promise<string> {
  process.stderr.write(`${layout}: making the files\n`);
  const source = makeFiles(layout);
  await sleep(REST_MS);
  const first = await runOnce(source, sink);
  const later: Run[] = [];
  for (let round = 0; round < Number(values.runs); round += 1) later.push(await runOnce(source, sink));
  rmSync(source, { recursive: true });
  await sink.reset();
  return textOf(layout, first, later);
}

const cpuOf = ({ userSeconds, systemSeconds }: Measured) => userSeconds + systemSeconds;

function textOf(layout: Layout, first: Run, later: readonly Run[]): string {
  const row = (title: string, runs: readonly Run[]) => {
    const cell = (digits: number, value: (run: Run) => number) =>
      spreadText(spreadOf(runs.map(value)), digits);
    return [
      title,
      cell(0, ({ bytesSent }) => bytesSent),
      cell(0, ({ requests }) => requests),
      cell(2, cpuOf),
      cell(2, ({ wallSeconds }) => wallSeconds),
      cell(0, ({ peakBytes }) => peakBytes / 1e6),
    ];
  };
  const head = ['run', 'bytes sent', 'requests', 'CPU s', 'wall s', 'peak MB'];
  const ratio = (value: (run: Run) => number) => spreadOf(later.map((run) => value(run) / value(first)));
  const wall = ratio(({ wallSeconds }) => wallSeconds);
  const requests = spreadOf(later.map((run) => run.requests));
  const where = layout === 'flat' ? 'in one folder' : `in folders of ${FOLDER_FILES}`;
  return [
    `#### ${files.toLocaleString('en')} files of ${size.toLocaleString('en')} bytes, ${where}`,
    markdownTable(head, [row('first', [first]), row('second', later)]),
    `- requests ${spreadText(requests, 0)}, ${against(requests.most, (GOAL_REQUESTS * files) / 100_000, 0)}`,
    `- wall, of the first run: ${spreadText(wall, 3)}, ${against(wall.median, GOAL_RATIO, 3)}; CPU: ${spreadText(ratio(cpuOf), 3)}`,
  ].join('\n\n');
}

const latencyMs = Number(values.latency);
const sink = await startSink({ latencyMs, isTls: false, cores: pinning.sink, home: root });
try {
  const texts: string[] = [];
  for (const layout of layouts) texts.push(await measureLayout(layout, sink));
  const command = ['npm run bench:unchanged --', ...args].join(' ');
  const day = new Date().toISOString().slice(0, 10);
  const machine = machineText(new Map([[copy, versionOf(copy)]]), pinning);
  const section = [
    '### Unchanged files',
    `Written by \`${command}\` on ${day}. The goals are those of the project's issue on the whole life of a backup.`,
    machine,
    ...texts,
  ].join('\n\n');
  process.stdout.write(`${section}\n`);
  if (values.write) writeFileSync(RESULTS, withUnchanged(readFileSync(RESULTS, 'utf8'), section));
} finally {
  await sink.close();
}
