import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { commandLine } from '../command-line.ts';
import { writeBlocks } from '../results/results-file.ts';
import { buildProgram } from '../safety/program.ts';
import { BUCKET, type Place } from './client.ts';
import { dataSet } from './data-set.ts';
import { against, requestsOf } from './goals.ts';
import { machineText } from './machine.ts';
import { type Measured, measure } from './measure.ts';
import { ourClients } from './ours.ts';
import { moveTo, pin } from './pinning.ts';
import type { Stats } from './sink/service.ts';
import { type Sink, startSink } from './sink-process.ts';
import { spreadOf, spreadText } from './spread.ts';
import { markdownTable } from './table.ts';

const FOLDER_FILES = 100;
/** Files that were changed less than 10 s before they were stored are read again. */
const REST_MS = 11_000;
/** Of the issue: for 100,000 files, and of the first run's time. */
const GOAL_REQUESTS = 150;
const GOAL_RATIO = 0.1;

const LAYOUTS = ['folders', 'flat'] as const;
type Layout = (typeof LAYOUTS)[number];

interface Counts {
  readonly requests: number;
  readonly bytesSent: number;
}

/** What the files are stored in. */
interface Target extends Pick<Place, 'endpoint' | 'portlessEndpoint' | 'certificate' | 'credentials'> {
  readonly name: string;
  /** What it has received so far; NaN where it does not tell. */
  counts(): Promise<Counts>;
  /** Empties it; undefined where that would take longer than the runs. */
  readonly forget?: () => Promise<void>;
}

/** The counts are of this run alone. */
interface Run extends Measured, Counts {}

interface Pair {
  readonly first: Run;
  readonly second: Run;
}

interface Case {
  readonly layout: Layout;
  readonly size: number;
  readonly cores: number;
}

const args = process.argv.slice(2);
const { values } = commandLine({
  usage: 'npm run bench:unchanged -- [options]',
  about:
    'Measures what a second run takes over files that have not changed since the first. With S3_TEST_ENDPOINT, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY also on that store: in folders, in a bucket `bench`, which should be empty and stays.',
  time: 'about 7 minutes; with --files 2000 --runs 1 half a minute.',
  options: {
    files: { type: 'string', default: '100000', value: 'N', help: 'files' },
    size: { type: 'string', default: '4096', value: 'BYTES,...', help: 'bytes of each file' },
    only: {
      type: 'string',
      value: 'LAYOUT',
      help: '`folders` (100 files in each) or `flat` (all in one); both without it',
    },
    runs: {
      type: 'string',
      default: '5',
      value: 'N',
      help: 'second runs, each after a first one of its own where the store can forget what it has',
    },
    cores: {
      type: 'string',
      default: '1',
      value: '1|2,...',
      help: 'cores for the client, of which the sink shares the second',
    },
    latency: { type: 'string', default: '0', value: 'MS', help: 'milliseconds that every answer waits' },
    dir: { type: 'string', default: tmpdir(), value: 'FOLDER', help: 'where the files are made' },
    write: { type: 'boolean', default: false, help: 'put the section into bench/RESULTS.md, with charts' },
  },
});
const files = Number(values.files);
const sizes = values.size.split(',').map(Number);
const cores = values.cores.split(',').map(Number);
const layouts = LAYOUTS.filter((layout) => values.only === undefined || values.only === layout);
if (layouts.length === 0) throw new Error(`--only ${values.only}: expected one of ${LAYOUTS.join(', ')}`);

const pinnings = new Map(cores.map((count) => [count, pin(count)]));
const { sink: sinkCore } = pin(1);
moveTo(sinkCore);
const program = buildProgram();
const root = mkdtempSync(join(realpathSync(values.dir), 's3-backup-unchanged-'));
process.once('exit', () => {
  program.remove();
  rmSync(root, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const [copy] = ourClients({ bin: program.bin });
if (copy === undefined) throw new Error('ours does not run');

function makeFiles({ layout, size }: Case): string {
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
async function runOnce(source: string, target: Target, clientCores: string | undefined): Promise<Run> {
  const home = join(root, 'home');
  mkdirSync(home, { recursive: true });
  const place = { ...target, folder: source, home, set: dataSet('small', 1), nodeFlags: [] };
  const before = await target.counts();
  const measured = await measure(copy?.command(place) ?? { file: '', args: [] }, clientCores, home);
  if (measured.code !== 0) throw new Error(measured.output);
  const after = await target.counts();
  process.stderr.write(`${measured.wallSeconds} s\n`);
  return {
    ...measured,
    requests: after.requests - before.requests,
    bytesSent: after.bytesSent - before.bytesSent,
  };
}

async function measureCase(each: Case, target: Target): Promise<string> {
  process.stderr.write(
    `${target.name}, ${each.layout}, ${each.size} bytes, ${each.cores} cores: making the files\n`,
  );
  const source = makeFiles(each);
  await sleep(REST_MS);
  const clientCores = pinnings.get(each.cores)?.client;
  let first = await runOnce(source, target, clientCores);
  const pairs: Pair[] = [{ first, second: await runOnce(source, target, clientCores) }];
  while (pairs.length < Number(values.runs)) {
    if (target.forget) {
      await target.forget();
      first = await runOnce(source, target, clientCores);
    }
    pairs.push({ first, second: await runOnce(source, target, clientCores) });
  }
  rmSync(source, { recursive: true });
  return textOf(each, target, pairs);
}

const cpuOf = ({ userSeconds, systemSeconds }: Measured) => userSeconds + systemSeconds;

function textOf({ layout, size, cores: count }: Case, { name }: Target, pairs: readonly Pair[]): string {
  const firsts = [...new Set(pairs.map(({ first }) => first))];
  const seconds = pairs.map(({ second }) => second);
  const isCounted = firsts.every(({ requests }) => !Number.isNaN(requests));
  const row = (title: string, runs: readonly Run[]) => {
    const cell = (digits: number, value: (run: Run) => number) =>
      runs.some((run) => Number.isNaN(value(run))) ? '' : spreadText(spreadOf(runs.map(value)), digits);
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
  const ratio = (value: (run: Run) => number) =>
    spreadOf(pairs.map(({ first, second }) => value(second) / value(first)));
  const wall = ratio(({ wallSeconds }) => wallSeconds);
  const requests = spreadOf(seconds.map((run) => run.requests));
  const where = layout === 'flat' ? 'in one folder' : `in folders of ${FOLDER_FILES}`;
  const on = count === 1 ? 'one core' : `${count} cores`;
  return [
    `#### ${files.toLocaleString('en')} files of ${size.toLocaleString('en')} bytes, ${where}, ${name}, the client on ${on}`,
    markdownTable(head, [row('first', firsts), row('second', seconds)]),
    ...(isCounted
      ? [
          `- requests ${spreadText(requests, 0)}, ${against(requests.most, (GOAL_REQUESTS * files) / 100_000, 0)}`,
        ]
      : []),
    `- wall, of the first run: ${spreadText(wall, 3)}, ${against(wall.median, GOAL_RATIO, 3)}; CPU: ${spreadText(ratio(cpuOf), 3)}`,
  ].join('\n\n');
}

function sinkTarget(sink: Sink): Target {
  return {
    name: 'in the sink',
    endpoint: sink.endpoint,
    portlessEndpoint: sink.portlessEndpoint,
    certificate: sink.certificate,
    forget: () => sink.reset(),
    counts: async () => {
      const { requests, bodyBytes }: Stats = await sink.stats();
      return { requests: requestsOf(requests), bytesSent: bodyBytes };
    },
  };
}

/** @throws Error when the bucket cannot be made */
async function realTarget(endpoint: string): Promise<Target> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    name: 'in the store of S3_TEST_ENDPOINT',
    endpoint,
    portlessEndpoint: undefined,
    certificate: undefined,
    credentials,
    counts: async () => ({ requests: Number.NaN, bytesSent: Number.NaN }),
  };
}

async function measureSink(): Promise<string[]> {
  const texts: string[] = [];
  const cases = cores.flatMap((count) =>
    sizes.flatMap((size) => layouts.map((layout): Case => ({ layout, size, cores: count }))),
  );
  for (const each of cases) {
    const sink = await startSink({
      latencyMs: Number(values.latency),
      isTls: false,
      cores: sinkCore,
      home: root,
    });
    try {
      texts.push(await measureCase(each, sinkTarget(sink)));
    } finally {
      await sink.close();
    }
  }
  return texts;
}

const texts = await measureSink();
const real = process.env.S3_TEST_ENDPOINT;
if (real) {
  const [size = 0] = sizes;
  const [count = 1] = cores;
  texts.push(await measureCase({ layout: 'folders', size, cores: count }, await realTarget(real)));
}

const command = ['npm run bench:unchanged --', ...args].join(' ');
const day = new Date().toISOString().slice(0, 10);
const section = [
  '### Unchanged files',
  `Written by \`${command}\` on ${day}. The goals are those of the project's issue on the whole life of a backup.`,
  machineText([copy], [...pinnings.values()]),
  ...texts,
].join('\n\n');
process.stdout.write(`${section}\n`);
if (values.write) writeBlocks(new Map([['unchanged', section]]));
