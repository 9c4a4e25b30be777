import { hash, randomFillSync } from 'node:crypto';
import { md5Each } from '../src/digest/md5/md5-each.ts';
import { commandLine } from './command-line.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const { values } = commandLine({
  usage: 'npx tsx bench/md5-lanes.ts [options]',
  about:
    'Compares MD5 in lanes with node:crypto, one body after the other. Both are synchronous and of one thread. Rounds alternate; the best of each counts.',
  time: 'about five seconds.',
  options: { rounds: { type: 'string', default: '15', value: 'N', help: 'rounds' } },
});
const ROUNDS = Number(values.rounds);
/** Bytes that a round hashes at least: some 2 ms. */
const ROUND_BYTES = 8 * MIB;

const memory = randomFillSync(Buffer.alloc(64 * MIB));

/** Bodies side by side in memory, so that few of them are in the processor's caches. */
function bodiesOf(lengths: readonly number[]): Buffer[] {
  let end = 0;
  return lengths.map((length) => {
    if (end + length > memory.length) end = 0;
    end += length;
    return memory.subarray(end - length, end);
  });
}

const same = (count: number, length: number) => bodiesOf(Array(count).fill(length));
/** Shares of 1 that look random and are the same in each run. */
const shares = Array.from({ length: 64 }, (_, n) => (n * 0.6180339887) % 1);

const cases: Readonly<Record<string, readonly Buffer[]>> = {
  '64 x 100 B': same(64, 100),
  '8 x 4 KiB': same(8, 4 * KIB),
  '32 x 4 KiB': same(32, 4 * KIB),
  '64 x 4 KiB': same(64, 4 * KIB),
  '64 x 100 KiB': same(64, 100 * KIB),
  '64 of 0 to 4 KiB': bodiesOf(shares.map((share) => Math.floor(share * 4 * KIB))),
  '64 of 0 to 128 KiB': bodiesOf(shares.map((share) => Math.floor(share * 128 * KIB))),
  '1 x 4 KiB': same(1, 4 * KIB),
  '2 x 4 KiB': same(2, 4 * KIB),
  '2 x 8 MiB': same(2, 8 * MIB),
  '4 x 8 MiB': same(4, 8 * MIB),
  '8 x 8 MiB': same(8, 8 * MIB),
  '8 MiB and 31 x 4 KiB': bodiesOf([8 * MIB, ...Array(31).fill(4 * KIB)]),
};

const startedAt = performance.now();
md5Each(cases['8 x 4 KiB'] ?? []);
process.stdout.write(`first use: ${(performance.now() - startedAt).toFixed(1)} ms\n\n`);

const columns = ['bodies', 'us a body', 'node:crypto', 'MB/s', 'node:crypto', 'ratio'];
const row = (cells: readonly string[]) =>
  `${cells.map((cell, n) => (n === 0 ? cell.padEnd(22) : cell.padStart(12))).join('')}\n`;
process.stdout.write(row(columns));
for (const [name, bodies] of Object.entries(cases)) {
  const bytes = bodies.reduce((sum, { length }) => sum + length, 0);
  const times = Math.min(1000, Math.ceil(ROUND_BYTES / bytes));
  const lanes = () => void md5Each(bodies);
  const alone = () => {
    for (const body of bodies) hash('md5', body, 'buffer');
  };
  let [best, bestAlone] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.min(best, timeOf(lanes, times));
    bestAlone = Math.min(bestAlone, timeOf(alone, times));
  }
  const microseconds = [best, bestAlone].map((ms) => ((ms * 1000) / bodies.length).toFixed(2));
  const rates = [best, bestAlone].map((ms) => (bytes / ms / 1000).toFixed(0));
  process.stdout.write(row([name, ...microseconds, ...rates, (bestAlone / best).toFixed(2)]));
}

/** Milliseconds of one of several runs. */
function timeOf(run: () => void, times: number): number {
  const start = performance.now();
  for (let n = 0; n < times; n++) run();
  return (performance.now() - start) / times;
}
