import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { batchLimit } from '../../src/flow/descriptor-limits.ts';
import { type Hashed, type Item, type Selected, settle } from '../../src/flow/item.ts';
import { KeyLookup } from '../../src/s3/key-lookup.ts';
import { Store } from '../../src/s3/store.ts';
import { compare } from '../../src/stages/compare.ts';
import { deleteSource } from '../../src/stages/delete-source.ts';
import { filter } from '../../src/stages/filter.ts';
import { hash } from '../../src/stages/hash.ts';
import { scan } from '../../src/stages/scan.ts';
import { upload } from '../../src/stages/upload.ts';
import { verify } from '../../src/stages/verify.ts';
import { commandLine } from '../command-line.ts';
import { positive, SHARED_OPTIONS } from './bench-options.ts';
import { BUCKET } from './client.ts';
import { copyFiles } from './copies.ts';
import { type DataSet, dataSet, makeDataSet, titleOf } from './data-set.ts';
import { moveTo, pin } from './pinning.ts';
import { type Sink, startSink } from './sink-process.ts';
import { spreadOf, spreadText } from './spread.ts';
import { markdownTable } from './table.ts';

/** Stages in their order, as a move into an empty bucket has them. */
const STAGES: readonly (readonly [string, (store: Store) => object])[] = [
  ['filter', () => filter()],
  ['hash', () => hash<Selected>({ deleteAfterUpload: true })],
  ['compare', (store) => compare({ store, overwrite: 'never', isEmpty: true })],
  ['upload', (store) => upload({ store })],
  ['verify', (store) => verifyInBatches(store)],
  ['delete-source', () => deleteSource({ enabled: true })],
];

function verifyInBatches(store: Store): object {
  const concurrency = batchLimit();
  return verify({ store, concurrency, lookup: new KeyLookup(store, '', concurrency) });
}

/** µs a file. */
interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

/** Ends what has come so far: closes the files. @throws Error for a file that a stage gave up */
function drain(): Writable {
  return new Writable({
    objectMode: true,
    write: (item: Item<Partial<Hashed> & { path: string }>, _encoding, done) => {
      const { settlement } = item.settled
        ? item
        : (settle(item.file, 'kept') as Item<never> & { settled: true });
      done(settlement.fate === 'failed' ? new Error(`${settlement.path}: ${settlement.reason}`) : null);
    },
  });
}

/** The cost of scan and of the next so many stages together. */
async function costOf(stages: number, source: string, sink: Sink, set: DataSet): Promise<Cost> {
  await sink.reset();
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const store = new Store({ endpointUrl: sink.endpoint, bucket: BUCKET, credentials, connections: 32 });
  // A run has asked for the bucket before its first file.
  await store.listPage({ prefix: '', maxKeys: 1 });
  const chosen = STAGES.slice(0, stages).map(([, make]) => make(store) as Duplex);
  const [start, cpuStart] = [process.hrtime.bigint(), process.cpuUsage()];
  await pipeline([scan({ source }) as unknown as Readable, ...chosen, drain()]);
  const { user, system } = process.cpuUsage(cpuStart);
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  store.close();
  return { cpu: (user + system) / set.files, wall: wall / set.files };
}

/** One round: scan alone, scan and filter, ... The last of them deletes, and so gets a copy. */
async function roundOf(folder: string, home: string, sink: Sink, set: DataSet): Promise<Cost[]> {
  const sums: Cost[] = [];
  for (let stages = 0; stages <= STAGES.length; stages += 1) {
    const deletes = stages === STAGES.length;
    const source = deletes ? copyFiles(folder, join(home, 'source')) : folder;
    sums.push(await costOf(stages, source, sink, set));
    if (deletes) rmSync(source, { recursive: true, force: true });
  }
  return sums;
}

async function measureSet(set: DataSet, sink: Sink): Promise<string> {
  const folder = makeDataSet(set, options.folder);
  const rounds: Cost[][] = [];
  // Round 0 warms up: the page cache, the sink's memory, the compiler.
  for (let round = 0; round <= options.runs; round += 1) {
    const sums = await roundOf(folder, home, sink, set);
    if (round > 0) rounds.push(sums);
  }
  const cell = (value: (sums: readonly Cost[]) => number) => spreadText(spreadOf(rounds.map(value)), 0);
  const rows = ['scan', ...STAGES.map(([name]) => name)].map((name, index) => [
    name,
    cell((sums) => (sums[index]?.cpu ?? 0) - (sums[index - 1]?.cpu ?? 0)),
    cell((sums) => (sums[index]?.wall ?? 0) - (sums[index - 1]?.wall ?? 0)),
  ]);
  rows.push(['all', cell((sums) => sums.at(-1)?.cpu ?? 0), cell((sums) => sums.at(-1)?.wall ?? 0)]);
  const table = markdownTable(['stage', 'CPU, µs a file', 'wall, µs a file'], rows);
  return `### Each stage, ${titleOf(set)}\n\n${table}\n`;
}

const { values } = commandLine({
  usage: 'npx tsx bench/speed/stages.ts [options]',
  about:
    'Measures what each stage of a move costs a file. The files go through the first stage alone, then through the first two, and so on; the cost of a stage is what it adds. So every stage has the neighbours, and the back-pressure, that it has in a run.',
  time: 'about four minutes; with --factor 0.05 --runs 1 some seconds.',
  options: {
    runs: { type: 'string', default: '5', value: 'N', help: 'measured rounds, after one that is not' },
    ...SHARED_OPTIONS,
  },
});
const options = {
  runs: positive('runs', values.runs),
  factor: positive('factor', values.factor),
  folder: values.dir,
};
const pinning = pin(1);
moveTo(pinning.client);
const home = join(options.folder, 'stages');
rmSync(home, { recursive: true, force: true });
mkdirSync(home, { recursive: true });
const sink = await startSink({ latencyMs: 0, isTls: false, cores: pinning.sink, home });
try {
  for (const id of ['small', 'medium'] as const) {
    process.stdout.write(`${await measureSet(dataSet(id, options.factor), sink)}\n`);
  }
} finally {
  await sink.close();
  rmSync(home, { recursive: true, force: true });
}
