import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareKeys } from '../../src/core/key.ts';
import type { Plan } from '../../src/plans/plan.ts';
import { commandLine } from '../command-line.ts';
import { writeBlocks } from '../results/results-file.ts';
import { machineText } from '../speed/machine.ts';
import { moveTo, pin } from '../speed/pinning.ts';
import { startScript } from '../speed/sink-process.ts';
import { markdownTable } from '../speed/table.ts';
import { balancesOf } from './balance.ts';
import { GeneratedTree, SHAPES, type Shape } from './generated-tree.ts';
import { storedPlan } from './stored-plan.ts';
import { makeFiles } from './tree-files.ts';
import { cpuOf, Workplace } from './workplace.ts';

const WAYS = ['walk', 'folders'] as const;

const args = process.argv.slice(2);
const { values } = commandLine({
  usage: 'npx tsx bench/scale/plan.ts [options]',
  about:
    'Measures `s3-backup plan` over files on the disk, which have no content: the CPU and memory of a walk and of an estimate by folders, and how even their shards are.',
  time: '5 minutes.',
  options: {
    files: { type: 'string', default: '100000,1000000', value: 'N,...', help: 'files' },
    shapes: {
      type: 'string',
      default: SHAPES.join(','),
      value: 'mixed,flat',
      help: 'many folders, or a single one',
    },
    shards: { type: 'string', default: '16,256', value: 'N,...', help: 'shards' },
    dir: { type: 'string', default: tmpdir(), value: 'FOLDER', help: 'where the files are made' },
    write: { type: 'boolean', default: false, help: 'put the section into bench/RESULTS.md' },
  },
});

const numbersOf = (text: string) => text.split(',').map(Number);
const pinning = pin(1);
moveTo(pinning.sink);
const work = new Workplace(values.dir);

async function measurePlan(
  tree: GeneratedTree,
  source: string,
  { by, shards }: { by: string; shards: number },
) {
  const store = await startScript(['bench/speed/sink.ts', '--keep'], pinning.sink);
  try {
    const flags = ['--by', by, '--shards', String(shards)];
    const measured = await work.run(
      ['plan', ...work.configure(store.endpoint, source), ...flags],
      pinning.client,
    );
    const [balance] = balancesOf(tree, [rangesOf(await storedPlan(store.endpoint))]);
    if (balance === undefined) throw new Error('no plan');
    return { measured, balance };
  } finally {
    await store.close();
  }
}

/** The ranges in the order of their keys. */
function rangesOf({ ranges }: Plan): Plan['ranges'] {
  return [...ranges].sort((a, b) => compareKeys(a.from ?? '', b.from ?? ''));
}

async function rowsOf(files: number, shape: Shape): Promise<string[][]> {
  const tree = new GeneratedTree(files, shape);
  const source = join(work.root, 'source');
  process.stderr.write(`${files} files, ${shape}: making them\n`);
  makeFiles(tree, source, { from: 0, to: files });
  const rows: string[][] = [];
  for (const by of WAYS) {
    for (const shards of numbersOf(values.shards)) {
      const { measured, balance } = await measurePlan(tree, source, { by, shards });
      const cpu = cpuOf(measured);
      process.stderr.write(`by ${by}, ${shards} shards: ${measured.wallSeconds} s\n`);
      rows.push([
        `${files.toLocaleString('en')} files, ${shape}: by ${by}, ${shards} shards`,
        String(balance.shards),
        cpu.toFixed(2),
        ((cpu / files) * 1e6).toFixed(1),
        (measured.peakBytes / 1e6).toFixed(0),
        ...[balance.cost, balance.files, balance.bytes].map((ratio) => ratio.toFixed(2)),
      ]);
    }
  }
  rmSync(source, { recursive: true });
  return rows;
}

const rows: string[][] = [];
const shapes = SHAPES.filter((shape) => values.shapes.split(',').includes(shape));
for (const shape of shapes)
  for (const files of numbersOf(values.files)) rows.push(...(await rowsOf(files, shape)));
const ratio = (what: string) => `ratio, of the mean ${what}`;
const head = [
  'plan',
  'came to',
  'CPU s',
  'µs a file',
  'peak MB',
  ratio('work'),
  ratio('files'),
  ratio('bytes'),
];
const section = [
  '### Scale: plans over files on a disk',
  `Written by \`${['npx tsx bench/scale/plan.ts', ...args].join(' ')}\` on ${new Date().toISOString().slice(0, 10)}. The ratios are those of the largest shard; \`flat\` is a single folder, \`mixed\` the tree of the generated plans.`,
  machineText([], [pinning]),
  markdownTable(head, rows),
].join('\n\n');
process.stdout.write(`${section}\n`);
if (values.write) writeBlocks(new Map([['scale-plan', section]]));
