import { fork } from 'node:child_process';
import { once } from 'node:events';
import { commandLine } from '../command-line.ts';
import { writeBlocks } from '../results/results-file.ts';
import { machineText } from '../speed/machine.ts';
import { markdownTable } from '../speed/table.ts';
import { WEIGHINGS, type WeighedTree, type Weighing, weighTree } from './weigh-tree.ts';

const args = process.argv.slice(2);
const { values } = commandLine({
  usage: 'npx tsx bench/scale/planner.ts [options]',
  about:
    'Plans trees that are generated, not stored: what the weights of all files and the cut cost the planner, its memory, the size of plan.json, and how even the shards are. What a real walk takes besides is measured by bench/scale/shard.ts.',
  time: '10 minutes; with 1000000000 files by walk half an hour more.',
  options: {
    files: { type: 'string', default: '1000000,10000000,100000000', value: 'N,...', help: 'files' },
    shards: { type: 'string', default: '16,256,10000', value: 'N,...', help: 'shards' },
    by: {
      type: 'string',
      default: Object.keys(WEIGHINGS).join(','),
      value: 'walk,run',
      help: 'the weights of `plan --by walk`, or of `plan --by run:ID`',
    },
    one: {
      type: 'boolean',
      default: false,
      help: 'measure the first of each in this process; of the bench itself',
    },
    write: { type: 'boolean', default: false, help: 'put the section into bench/RESULTS.md' },
  },
});
const WAYS: Readonly<Record<Weighing, string>> = { walk: 'by their walk', run: 'by a manifest' };
const numbersOf = (text: string) => text.split(',').map(Number);
const shards = numbersOf(values.shards);
const ways = Object.keys(WEIGHINGS).filter((by): by is Weighing => values.by.split(',').includes(by));
const [way] = ways;
if (way === undefined) throw new Error(`--by ${values.by}: expected one of ${Object.keys(WEIGHINGS)}`);

/** Each in a process of its own: only the first of a process has a peak of memory that is its own. */
async function measureApart(files: number, by: Weighing): Promise<WeighedTree> {
  process.stderr.write(`${files} files, by ${by}\n`);
  const child = fork(import.meta.filename, [
    ...['--one', '--files', String(files), '--by', by, '--shards', values.shards],
  ]);
  const [[result]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  return result as WeighedTree;
}

function costsTable(trees: readonly WeighedTree[]): string {
  const rows = trees.map(({ files, weighSeconds, generateSeconds, peakBytes }) => [
    `${files.toLocaleString('en')} files`,
    generateSeconds.toFixed(1),
    weighSeconds.toFixed(1),
    ((weighSeconds / files) * 1e6).toFixed(2),
    (peakBytes / 1e6).toFixed(0),
  ]);
  return markdownTable(['tree', 'generator, CPU s', 'CPU s', 'µs a file', 'peak MB'], rows);
}

function balanceTable({ plans }: WeighedTree): string {
  const rows = plans.map(({ wanted, shards, planBytes, files, bytes, cost }) => [
    `${wanted.toLocaleString('en')} shards${shards === wanted ? '' : `, which came to ${shards}`}`,
    ...[cost, files, bytes].map((ratio) => ratio.toFixed(3)),
    (planBytes / 1000).toFixed(1),
  ]);
  const ratio = (what: string) => `ratio, of the mean ${what}`;
  return markdownTable(['plan', ratio('work'), ratio('files'), ratio('bytes'), 'plan.json kB'], rows);
}

function sectionOf(by: Weighing, trees: readonly WeighedTree[]): string {
  return [
    `### Scale: planning generated trees ${WAYS[by]}`,
    `Written by \`${['npx tsx bench/scale/planner.ts', ...args].join(' ')}\` on ${new Date().toISOString().slice(0, 10)}. A tenth of the files is in one folder, four tenths are eight folders deep, and half is in 10,000 folders of unequal size; sizes are Pareto's. The peak has Node.js and tsx in it.`,
    machineText([], [{ client: undefined, sink: undefined }]),
    costsTable(trees),
    ...trees.flatMap((tree) => [
      `#### The largest shard of ${tree.files.toLocaleString('en')} files, ${WAYS[by]}`,
      balanceTable(tree),
    ]),
  ].join('\n\n');
}

async function measureAll(): Promise<void> {
  const sections = new Map<string, string>();
  for (const by of ways) {
    const trees: WeighedTree[] = [];
    for (const files of numbersOf(values.files)) trees.push(await measureApart(files, by));
    sections.set(`scale-planner-${by}`, sectionOf(by, trees));
  }
  process.stdout.write(`${[...sections.values()].join('\n\n')}\n`);
  if (values.write) writeBlocks(sections);
}

if (values.one) process.send?.(weighTree(numbersOf(values.files)[0] ?? 0, way, shards));
else await measureAll();
