import type { PlannedRange } from '../../src/plans/plan.ts';
import { costOf } from '../../src/plans/weight.ts';
import type { GeneratedTree } from './generated-tree.ts';

/** How much larger the largest shard of a plan is than the mean. */
export interface Balance {
  readonly shards: number;
  readonly files: number;
  readonly bytes: number;
  /** By what the planner balances: 256 KiB for each file, and its size. */
  readonly cost: number;
}

/**
 * Compares the shards of plans by what they really have: the files between their keys are counted in the tree, not taken from the
 * plan. Passes over the files once.
 *
 * @param plans Ranges of each plan, in the order of their keys.
 */
export function balancesOf(tree: GeneratedTree, plans: readonly (readonly PlannedRange[])[]): Balance[] {
  const starts = plans.map((ranges) => ranges.map(({ from }) => (from === null ? 0 : tree.indexOf(from))));
  const bytesBefore = bytesBeforeEach(tree, [...starts.flat(), tree.files]);
  return starts.map((own) => {
    const shards = own.map((start, place) => {
      const end = own[place + 1] ?? tree.files;
      return { files: end - start, bytes: (bytesBefore.get(end) ?? 0) - (bytesBefore.get(start) ?? 0) };
    });
    return {
      shards: shards.length,
      files: largestOfMean(shards.map(({ files }) => files)),
      bytes: largestOfMean(shards.map(({ bytes }) => bytes)),
      cost: largestOfMean(shards.map(costOf)),
    };
  });
}

/** The bytes of all files before each of these places. */
function bytesBeforeEach(tree: GeneratedTree, places: readonly number[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  let [index, bytes] = [0, 0];
  for (const place of [...new Set(places)].sort((a, b) => a - b)) {
    for (; index < place; index += 1) bytes += tree.sizeAt(index);
    found.set(place, bytes);
  }
  return found;
}

function largestOfMean(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return (Math.max(...values) * values.length) / sum;
}
