import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedRange } from '../../src/plans/plan.ts';
import { commandLine } from '../command-line.ts';
import { writeBlocks } from '../results/results-file.ts';
import { machineText } from '../speed/machine.ts';
import type { Measured } from '../speed/measure.ts';
import { moveTo, pin } from '../speed/pinning.ts';
import { startScript } from '../speed/sink-process.ts';
import { spreadOf, spreadText } from '../speed/spread.ts';
import { markdownTable } from '../speed/table.ts';
import { GeneratedTree, type Shape } from './generated-tree.ts';
import { replacePlan, storedPlan } from './stored-plan.ts';
import { makeFiles } from './tree-files.ts';
import { cpuOf, Workplace } from './workplace.ts';

/** A younger object may be older than the last change of its file. */
const REST_MS = 12_000;
/** Most shards of a plan. */
const MOST_SHARDS = 10_000;

const args = process.argv.slice(2);
const { values } = commandLine({
  usage: 'npx tsx bench/scale/shard.ts [options]',
  about:
    'Measures the run of one shard over files that are stored already: the files of the shard are on the disk, without content, and the listing of all files is generated. Shows the requests, the CPU, and how the memory grows with the files of a shard.',
  time: '6 minutes; 3 with --shape flat --total 1000000 --files 62500,1000000.',
  options: {
    total: { type: 'string', default: '1000000000', value: 'N', help: 'files of all shards' },
    files: { type: 'string', default: '100000,300000,1000000', value: 'N,...', help: 'files of a shard' },
    shape: {
      type: 'string',
      default: 'mixed',
      value: 'mixed|flat',
      help: 'many folders, of which those of the shard are made; or a single one, which is made whole',
    },
    at: {
      type: 'string',
      default: '0.75',
      value: 'SHARE',
      help: 'share of all files that come before the shard',
    },
    runs: { type: 'string', default: '3', value: 'N', help: 'runs of each shard' },
    dir: { type: 'string', default: tmpdir(), value: 'FOLDER', help: 'where the files are made' },
    write: { type: 'boolean', default: false, help: 'put the section into bench/RESULTS.md' },
  },
});

interface Run extends Measured {
  /** Number of requests by operation. */
  readonly requests: Readonly<Record<string, number>>;
}

const shape = values.shape as Shape;
const tree = new GeneratedTree(Number(values.total), shape);
const pinning = pin(1);
moveTo(pinning.sink);
const work = new Workplace(values.dir);

/** The shard of `files` files, or the last of fewer, that has the file at `--at`; and the plan's ranges in order. */
function shardOf(files: number): { from: number; to: number; ranges: PlannedRange[]; index: number } {
  const shards = Math.min(MOST_SHARDS, Math.ceil(tree.files / files));
  const index = Math.min(shards - 1, Math.floor(Number(values.at) * shards));
  const first = index * Math.ceil(tree.files / shards);
  const boundAt = (place: number) => {
    if (place === 0 || place === shards) return null;
    // A shard of fewer files than the others have keeps its own two bounds.
    if (place === index + 1) return tree.keyAt(first + files);
    return tree.keyAt(place * Math.ceil(tree.files / shards));
  };
  const ranges = Array.from({ length: shards }, (_, place) => {
    return { from: boundAt(place), to: boundAt(place + 1), files, bytes: null };
  });
  return { from: first, to: Math.min(tree.files, first + files), ranges, index };
}

async function measureShard(files: number): Promise<Run[]> {
  const { from, to, ranges, index } = shardOf(files);
  const source = join(work.root, 'source');
  process.stderr.write(`${files} files: making them\n`);
  makeFiles(tree, source, shape === 'flat' ? { from: 0, to: tree.files } : { from, to });
  await sleep(REST_MS);
  const flags = ['--files', String(tree.files), '--shape', shape];
  const store = await startScript(['bench/scale/generated-store.ts', ...flags], pinning.sink);
  try {
    const config = work.configure(store.endpoint, source);
    await work.run(['plan', ...config, '--shards', '1', '--by', 'folders'], pinning.client);
    const plan = await storedPlan(store.endpoint);
    await replacePlan(store.endpoint, { ...plan, ranges });
    const runs: Run[] = [];
    while (runs.length < Number(values.runs)) {
      const before = (await store.stats()).requests;
      const shard = ['--plan', plan.id, '--shard', String(index)];
      const measured = await work.run(['run', ...config, ...shard], pinning.client);
      process.stderr.write(`${measured.wallSeconds} s: ${measured.output.trim().split('\n').at(-1)}\n`);
      const after = (await store.stats()).requests;
      const requests = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]);
      runs.push({ ...measured, requests: Object.fromEntries(requests) });
    }
    return runs;
  } finally {
    await store.close();
    rmSync(source, { recursive: true });
  }
}

function rowOf(files: number, runs: readonly Run[]): string[] {
  const cell = (digits: number, value: (run: Run) => number) => spreadText(spreadOf(runs.map(value)), digits);
  const count = (name: string) => cell(0, ({ requests }) => requests[name] ?? 0);
  return [
    `${files.toLocaleString('en')} files`,
    ...['ListObjectsV2', 'GetObject', 'HeadObject', 'PutObject'].map(count),
    cell(2, cpuOf),
    cell(1, (run) => (cpuOf(run) / files) * 1e6),
    cell(0, ({ peakBytes }) => peakBytes / 1e6),
  ];
}

const rows: string[][] = [];
for (const files of values.files.split(',').map(Number)) rows.push(rowOf(files, await measureShard(files)));
const where = shape === 'flat' ? 'one folder' : 'many folders';
const section = [
  `### Scale: an unchanged shard of ${tree.files.toLocaleString('en')} files in ${where}`,
  `Written by \`${['npx tsx bench/scale/shard.ts', ...args].join(' ')}\` on ${new Date().toISOString().slice(0, 10)}, ${values.runs} runs each. The listing is generated; ${shape === 'flat' ? 'all files are' : 'only the files of the shard are'} on the disk.`,
  machineText([], [pinning]),
  markdownTable(['shard', 'LIST', 'GET', 'HEAD', 'PUT', 'CPU s', 'µs a file', 'peak MB'], rows),
].join('\n\n');
process.stdout.write(`${section}\n`);
if (values.write) writeBlocks(new Map([[`scale-shard-${shape}`, section]]));
