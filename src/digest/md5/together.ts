import { BLOCK, blocksOf, LANE_BLOCKS, type Lanes } from './lanes.ts';
import { LANES } from './lanes-code.ts';

/** A body in a lane. Its blocks from `filled` up to `limit` are in memory, those before `done` are hashed. */
interface Seat {
  readonly index: number;
  readonly body: Uint8Array;
  readonly blocks: number;
  filled: number;
  limit: number;
  done: number;
}

/**
 * Hashes bodies in lanes. A lane takes the next body as soon as it is done with one.
 * @param order Indices of the bodies to hash.
 * @param digests Takes the 16 bytes of each, by index.
 * @param turn Yields after about so many bytes. The lanes may be used for other bodies meanwhile.
 */
export function* hashTogether(
  bodies: readonly Uint8Array[],
  order: readonly number[],
  lanes: Lanes,
  digests: Buffer,
  turn: number,
): Generator<void, void> {
  const waiting = order.values();
  const seats: (Seat | undefined)[] = [];
  const offsets: number[] = Array(LANES).fill(0);

  const fill = (lane: number, seat: Seat) => {
    lanes.fill(lane, seat.body, seat.done);
    seat.filled = seat.done;
    seat.limit = Math.min(seat.blocks, seat.done + LANE_BLOCKS);
  };
  const seatNext = (lane: number) => {
    const { value: index } = waiting.next();
    seats[lane] = undefined;
    if (index === undefined) return;
    const body = bodies[index] as Uint8Array;
    const seat = { index, body, blocks: blocksOf(body.length), filled: 0, limit: 0, done: 0 };
    seats[lane] = seat;
    lanes.start(lane);
    fill(lane, seat);
  };

  for (let lane = 0; lane < LANES; lane++) seatNext(lane);
  for (let hashed = 0; ; ) {
    let blocks = Number.POSITIVE_INFINITY;
    for (let lane = 0; lane < LANES; lane++) {
      const seat = seats[lane];
      offsets[lane] = seat === undefined ? 0 : seat.done - seat.filled;
      if (seat !== undefined) blocks = Math.min(blocks, seat.limit - seat.done);
    }
    if (blocks === Number.POSITIVE_INFINITY) return;
    lanes.run(blocks, offsets);
    for (let lane = 0; lane < LANES; lane++) {
      const seat = seats[lane];
      if (seat === undefined) continue;
      seat.done += blocks;
      hashed += blocks * BLOCK;
      if (seat.done < seat.limit) continue;
      if (seat.done < seat.blocks) {
        fill(lane, seat);
        continue;
      }
      lanes.writeDigest(lane, digests, 16 * seat.index);
      seatNext(lane);
    }
    if (hashed < turn) continue;
    hashed = 0;
    const state = lanes.save();
    yield;
    lanes.restore(state);
    for (const [lane, seat] of seats.entries()) if (seat !== undefined) fill(lane, seat);
  }
}
