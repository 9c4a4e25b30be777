import { assignCopy } from '../src/flow/assign-copy.ts';
import { commandLine } from './command-line.ts';

const { values } = commandLine({
  usage: 'npx tsx bench/assign-copy.ts [options]',
  about:
    'Measures what a copy of an object with more properties takes: by spread, and by `assignCopy` (src/flow/assign-copy.ts). Rounds alternate; the best of each counts.',
  time: 'about two seconds.',
  options: { rounds: { type: 'string', default: '15', value: 'N', help: 'rounds' } },
});
const ROUNDS = Number(values.rounds);
const COPIES = 100_000;

const root = {};
const files = Array.from({ length: 1_000 }, (_, n) => ({ root, path: `file-${n}` }));
const hashed = files.map((file, n) => ({
  root,
  path: file.path,
  key: file.path,
  content: n,
  ifAbsent: true,
}));
const answer = { etag: '', versionId: undefined, partsEtag: undefined, attempts: 1, resumedBytes: 0 };

type Copy = (n: number) => object | undefined;

const cases: Readonly<Record<string, { readonly spread: Copy; readonly assigned: Copy }>> = {
  'two properties and one': {
    spread: (n) => ({ ...files[n], key: '' }),
    assigned: (n) => assignCopy(files[n] ?? {}, { key: '' }),
  },
  'five properties and one': {
    spread: (n) => ({ ...hashed[n], proof: '' }),
    assigned: (n) => assignCopy(hashed[n] ?? {}, { proof: '' }),
  },
  'five properties and five of another object': {
    spread: (n) => ({ ...hashed[n], ...answer }),
    assigned: (n) => assignCopy(hashed[n] ?? {}, answer),
  },
};

let last: object | undefined;

/** @returns nanoseconds for one copy */
function measure(copy: Copy): number {
  const start = performance.now();
  for (let index = 0; index < COPIES; index += 1) last = copy(index % files.length);
  return ((performance.now() - start) / COPIES) * 1e6;
}

process.stdout.write(`Node.js ${process.version}, nanoseconds a copy\n`);
for (const [name, { spread, assigned }] of Object.entries(cases)) {
  let best = { spread: Number.POSITIVE_INFINITY, assigned: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round += 1) {
    best = {
      spread: Math.min(best.spread, measure(spread)),
      assigned: Math.min(best.assigned, measure(assigned)),
    };
  }
  process.stdout.write(
    `${name}: spread ${best.spread.toFixed(0)}, assigned ${best.assigned.toFixed(0)}, ${(best.spread / best.assigned).toFixed(1)} times\n`,
  );
}
if (last === undefined) throw new Error('nothing was measured');
