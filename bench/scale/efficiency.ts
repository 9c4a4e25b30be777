import { availableParallelism, tmpdir } from 'node:os';
import { commandLine } from '../command-line.ts';
import { writeBlocks } from '../results/results-file.ts';
import { type DataSet, dataSet, makeDataSet, type SetId, titleOf } from '../speed/data-set.ts';
import { against } from '../speed/goals.ts';
import { machineText } from '../speed/machine.ts';
import { moveTo, pin } from '../speed/pinning.ts';
import { startSink } from '../speed/sink-process.ts';
import { spreadOf, spreadText } from '../speed/spread.ts';
import { markdownTable } from '../speed/table.ts';
import { copyAsShards, type Taken, type Way } from './copy-as-shards.ts';
import { Workplace } from './workplace.ts';

/** Of the issue: CPU a file in shards, of that in one run. */
const GOAL_RATIO = 1.05;

const args = process.argv.slice(2);
const { values } = commandLine({
  usage: 'npx tsx bench/scale/efficiency.ts [options]',
  about:
    'Copies the same files as one run and as shards of a plan, in turns, and compares the CPU seconds of all programs together. Every shard starts a program of its own, so the ratio depends on the files of a shard; the plan is measured beside them.',
  time: '6 minutes; with --set million --shards 4,16 --side "" --runs 3 half an hour.',
  options: {
    set: {
      type: 'string',
      default: 'small',
      value: 'small|million',
      help: '20,000 files of 4 KiB, or 1,000,000 of 1 KiB',
    },
    factor: { type: 'string', default: '1', value: 'F', help: 'makes the set smaller' },
    shards: {
      type: 'string',
      default: '1,4,16',
      value: 'N,...',
      help: 'shards that run one after the other',
    },
    side: {
      type: 'string',
      default: '16',
      value: 'N,...',
      help: 'shards that run two at a time; none for an empty text',
    },
    runs: { type: 'string', default: '5', value: 'N', help: 'rounds' },
    dir: { type: 'string', default: tmpdir(), value: 'FOLDER', help: 'where the files are made' },
    write: { type: 'boolean', default: false, help: 'put the section into bench/RESULTS.md' },
  },
});

const numbersOf = (text: string) => text.split(',').filter(Boolean).map(Number);
const ways: readonly Way[] = [
  { title: 'one run', shards: 0, atOnce: 1 },
  ...numbersOf(values.shards).map((shards) => ({ title: titleOfShards(shards), shards, atOnce: 1 })),
  ...numbersOf(values.side).map((shards) => {
    return { title: `${titleOfShards(shards)}, two at a time`, shards, atOnce: 2 };
  }),
];

function titleOfShards(shards: number): string {
  return `${shards} ${shards === 1 ? 'shard' : 'shards'}`;
}

const pinning = pin(1);
const bothCores = availableParallelism() > 1 ? pin(2).client : undefined;
moveTo(pinning.sink);
const work = new Workplace(values.dir);

/** What each way took, one number a round. */
type Results = ReadonlyMap<Way, Taken[]>;

async function measureSet(set: DataSet): Promise<Results> {
  const source = makeDataSet(set, work.root);
  const results: Results = new Map(ways.map((way) => [way, []]));
  for (let round = 1; round <= Number(values.runs); round += 1) {
    for (const [way, taken] of results) {
      const sink = await startSink({
        ...{ latencyMs: 0, isTls: false, cores: pinning.sink, home: work.root },
        // A shard reads its plan.
        keepsContents: true,
      });
      try {
        const cores = way.atOnce > 1 ? bothCores : pinning.client;
        const one = await copyAsShards(way, { work, sink, source, set, cores });
        taken.push(one);
        process.stderr.write(`round ${round}, ${way.title}: ${one.cpuSeconds.toFixed(2)} s of CPU\n`);
      } finally {
        await sink.close();
      }
    }
  }
  return results;
}

const HEAD = ['copy as', 'ratio, of one run', 'CPU s', 'µs a file', 'plan, CPU s', 'peak MB'];
const OPERATIONS = { PUT: 'PutObject', LIST: 'ListObjectsV2', GET: 'GetObject', HEAD: 'HeadObject' };

function textOf(set: DataSet, results: Results): string {
  const [ones = []] = results.values();
  const inPairs = (taken: readonly Taken[], value: (one: number, other: number) => number) =>
    spreadOf(taken.map(({ cpuSeconds }, round) => value(cpuSeconds, ones[round]?.cpuSeconds ?? Number.NaN)));
  const rows = [...results].map(([way, taken]) => {
    const cell = (digits: number, value: (each: Taken) => number) =>
      spreadText(spreadOf(taken.map(value)), digits);
    return [
      way.title,
      way.shards === 0
        ? '1'
        : spreadText(
            inPairs(taken, (one, other) => one / other),
            3,
          ),
      cell(2, ({ cpuSeconds }) => cpuSeconds),
      cell(1, ({ cpuSeconds }) => (cpuSeconds / set.files) * 1e6),
      cell(2, ({ planSeconds }) => planSeconds),
      cell(0, ({ peakBytes }) => peakBytes / 1e6),
      ...Object.values(OPERATIONS).map((name) => cell(0, ({ requests }) => requests[name] ?? 0)),
    ];
  });
  const aFile = spreadOf(ones.map(({ cpuSeconds }) => cpuSeconds)).median / set.files;
  const lines = [...results].flatMap(([{ title, shards, atOnce }, taken]) => {
    if (shards < 2 || atOnce > 1) return [];
    const ratio = inPairs(taken, (one, other) => one / other).median;
    const aShard = inPairs(taken, (one, other) => one - other).median / (shards - 1);
    const files = Math.round(set.files / shards).toLocaleString('en');
    const enough = Math.max(0, aShard / ((GOAL_RATIO - 1) * aFile));
    return [
      `- ${title} of ${files} files: ${ratio.toFixed(3)} of one run, ${against(ratio, GOAL_RATIO, 2)}. Each further program takes ${aShard.toFixed(2)} s of CPU; that would be ${GOAL_RATIO} with ${Math.round(enough).toLocaleString('en')} files a shard.`,
    ];
  });
  return [markdownTable([...HEAD, ...Object.keys(OPERATIONS)], rows), lines.join('\n')].join('\n\n');
}

const set = dataSet(values.set as SetId, Number(values.factor));
const section = [
  `### Scale: ${titleOf(set)}, copied as shards`,
  `Written by \`${['npx tsx bench/scale/efficiency.ts', ...args].join(' ')}\` on ${new Date().toISOString().slice(0, 10)}, ${values.runs} rounds. CPU is that of all programs of a copy together, each with its start; the peak is that of the largest one. All store a manifest. Two at a time share both cores with the sink.`,
  machineText([], [pinning]),
  textOf(set, await measureSet(set)),
].join('\n\n');
process.stdout.write(`${section}\n`);
if (values.write) writeBlocks(new Map([[`scale-efficiency-${set.id}`, section]]));
