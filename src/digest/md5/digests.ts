import { hashAlone } from './alone.ts';
import type { Lanes } from './lanes.ts';
import { split } from './split.ts';
import { hashTogether } from './together.ts';

/**
 * Bytes between two turns of the event loop: 1.2 ms in lanes, 5.5 ms in node:crypto. Also, node:crypto takes less than
 * 2 GiB at once.
 */
const TURN = 4 * 1024 * 1024;

/**
 * The MD5s of bodies, 16 bytes each, in the order given. Yields now and then, when other bodies may be hashed.
 * @param openLanes Called if it pays to hash in lanes; node:crypto does it all where there are none.
 */
export function* digestsOf(
  bodies: readonly Uint8Array[],
  openLanes: () => Lanes | undefined,
  turn = TURN,
): Generator<void, Buffer[]> {
  const digests = Buffer.alloc(16 * bodies.length);
  const { alone, together } = split(bodies);
  yield* hashAlone(bodies, alone, digests, turn);
  const lanes = together.length > 0 ? openLanes() : undefined;
  if (lanes === undefined) yield* hashAlone(bodies, together, digests, turn);
  else yield* hashTogether(bodies, together, lanes, digests, turn);
  return bodies.map((_, index) => digests.subarray(16 * index, 16 * index + 16));
}
