import type { PlannedRange } from './plan.ts';
import { costOf, type Weight } from './weight.ts';

/**
 * Cuts files into ranges of about equal cost, at the key that is nearest to each ideal cut.
 *
 * @param weights In the order of their keys, each key once.
 * @param shards Most ranges; there are fewer if there are fewer weights.
 * @returns ranges in the order of their keys, which together hold every key
 */
export function cut(weights: readonly Weight[], shards: number): PlannedRange[] {
  const share = weights.reduce((sum, weight) => sum + costOf(weight), 0) / shards;
  const pieces: Weight[][] = [[]];
  let cost = 0;
  let wanted = 1;
  for (const weight of weights) {
    const half = costOf(weight) / 2;
    const isDue = wanted < shards && wanted * share <= cost + half;
    // A weight of several shares meets several ideal cuts; all but one come to nothing.
    while (wanted < shards && wanted * share <= cost + half) wanted += 1;
    if (isDue && pieces.at(-1)?.length) pieces.push([]);
    pieces.at(-1)?.push(weight);
    cost += 2 * half;
  }
  return pieces.map((piece, place) => ({
    from: place === 0 ? null : (piece[0]?.key ?? null),
    to: pieces[place + 1]?.[0]?.key ?? null,
    files: Math.round(sum(piece, 'files')),
    bytes: Math.round(sum(piece, 'bytes')),
  }));
}

function sum(weights: readonly Weight[], of: 'files' | 'bytes'): number {
  return weights.reduce((total, weight) => total + weight[of], 0);
}
