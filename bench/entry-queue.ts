/**
 * What it takes to take the entries of a large folder sixteen at a time, as readdirp does, from an array and from an
 * EntryQueue: `npx tsx bench/entry-queue.ts`. What the array takes depends on where it lies in memory.
 */
import type { Dirent } from 'node:fs';
import { EntryQueue } from '../src/source/entry-queue.ts';

const AT_ONCE = 16;

interface Queue {
  readonly length: number;
  splice(start: 0, count: number): unknown;
}

function millisecondsToTakeAll(entries: Queue): number {
  const start = performance.now();
  while (entries.length > 0) entries.splice(0, AT_ONCE);
  return performance.now() - start;
}

for (const count of [100_000, 1_000_000]) {
  const entries = Array.from({ length: count }, (_, n) => ({ name: String(n) }) as Dirent);
  const array = millisecondsToTakeAll([...entries]);
  const queue = millisecondsToTakeAll(new EntryQueue(entries));
  process.stdout.write(
    `${count} entries: array ${array.toFixed(0)} ms, EntryQueue ${queue.toFixed(0)} ms, ${(array / queue).toFixed(0)} times as long\n`,
  );
}
