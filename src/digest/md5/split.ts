import { blocksOf } from './lanes.ts';
import { LANES } from './lanes-code.ts';

/**
 * Cost of a block of every lane, in blocks of node:crypto: between the costs with two and with eight lanes in use
 * (docs/performance.md).
 */
const LANES_COST = 1.7;
/** Cost of a call of node:crypto besides its blocks, in blocks of node:crypto. */
const CALL_COST = 7;

/** Indices of bodies. */
export interface Split {
  /** Hashed one after the other. */
  readonly alone: readonly number[];
  /** Hashed in lanes, the longest first, so that the lanes end at about the same time. */
  readonly together: readonly number[];
}

/** Leaves to node:crypto the few long bodies that would keep a lane busy while the others are empty. */
export function split(bodies: readonly Uint8Array[]): Split {
  const blocks = bodies.map((body) => blocksOf(body.length));
  const blocksAt = (index: number | undefined) => (index === undefined ? 0 : (blocks[index] as number));
  const order = [...bodies.keys()].sort((a, b) => blocksAt(b) - blocksAt(a));
  let rest = blocks.reduce((sum, count) => sum + count, 0);
  let spent = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let alone = 0;
  for (let taken = 0; taken <= order.length; taken++) {
    const longest = blocksAt(order[taken]);
    const cost = spent + LANES_COST * Math.max(longest, rest / LANES);
    if (cost < lowest) {
      lowest = cost;
      alone = taken;
    }
    spent += longest + CALL_COST;
    rest -= longest;
  }
  return { alone: order.slice(0, alone), together: order.slice(alone) };
}
