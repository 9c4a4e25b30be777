import type { LaneBody, LaneTurns } from './lane-turns.ts';
import { BLOCK, type Lanes } from './lanes.ts';
import { LANES } from './lanes-code.ts';
import type { RunningMd5 } from './running-md5.ts';

/** A body with as many pieces does not wait for others, since it has no memory left. */
const URGENT_PIECES = 2;

interface Waiting {
  readonly piece: Buffer;
  readonly blocks: number;
  readonly done: () => void;
}

/** The MD5 of a body, computed in the lanes. */
export class LaneMd5 implements RunningMd5, LaneBody {
  readonly #lanes: Lanes;
  readonly #turns: LaneTurns;
  #state: Buffer | undefined;
  /** Number of whole blocks that were added. */
  #blocks = 0;
  /** What follows the whole blocks, less than a block. */
  #rest = Buffer.alloc(0);
  #waiting: Waiting[] = [];
  /** Number of blocks of the first piece that are hashed. */
  #hashed = 0;
  #isFlushed = false;
  #marked: { readonly state: Buffer | undefined; readonly blocks: number } = { state: undefined, blocks: 0 };

  constructor(lanes: Lanes, turns: LaneTurns) {
    this.#lanes = lanes;
    this.#turns = turns;
  }

  add(piece: Buffer, done: () => void): void {
    const blocks = Math.floor(piece.length / BLOCK);
    this.#rest = Buffer.from(piece.subarray(blocks * BLOCK));
    this.#blocks += blocks;
    if (blocks === 0) {
      done();
      return;
    }
    this.#waiting.push({ piece, blocks, done });
    this.#turns.onAdded(this);
  }

  flush(): void {
    this.#isFlushed = this.#waiting.length > 0;
    if (this.#isFlushed) this.#turns.onAdded(this);
  }

  get isUrgent(): boolean {
    return this.#isFlushed || this.#waiting.length >= URGENT_PIECES;
  }

  get next(): number {
    return (this.#waiting[0]?.blocks ?? 0) - this.#hashed;
  }

  enter(lane: number): number {
    const { piece } = this.#waiting[0] as Waiting;
    this.#lanes.start(lane, this.#state);
    return piece.byteOffset - this.#lanes.own.byteOffset + this.#hashed * BLOCK;
  }

  leave(lane: number, blocks: number): (() => void) | undefined {
    const state = Buffer.alloc(16);
    this.#lanes.writeDigest(lane, state, 0);
    this.#state = state;
    this.#hashed += blocks;
    if (this.next > 0) return undefined;
    this.#hashed = 0;
    const { done } = this.#waiting.shift() as Waiting;
    if (this.#waiting.length === 0) {
      this.#isFlushed = false;
      this.#turns.onEmpty(this);
    }
    return done;
  }

  mark(): void {
    this.#marked = { state: this.#state, blocks: this.#blocks };
  }

  rewind(): void {
    const waiting = this.#waiting.splice(0);
    this.#turns.onEmpty(this);
    this.#state = this.#marked.state;
    this.#blocks = this.#marked.blocks;
    this.#rest = Buffer.alloc(0);
    this.#hashed = 0;
    this.#isFlushed = false;
    for (const { done } of waiting) done();
  }

  digest(): Buffer {
    const digest = Buffer.alloc(16);
    const ending = paddedEnd(this.#rest, this.#blocks * BLOCK);
    this.#lanes.start(0, this.#state);
    this.#lanes.fillWhole(0, ending);
    this.#lanes.run(ending.length / BLOCK, Array(LANES).fill(0));
    this.#lanes.writeDigest(0, digest, 0);
    return digest;
  }
}

/** The last bytes of a body with MD5's padding (https://www.rfc-editor.org/rfc/rfc1321#section-3.1). */
function paddedEnd(rest: Buffer, before: number): Buffer {
  const end = Buffer.alloc(rest.length + 9 <= BLOCK ? BLOCK : 2 * BLOCK);
  end.set(rest);
  end[rest.length] = 0x80;
  end.writeBigUInt64LE(BigInt.asUintN(64, BigInt(before + rest.length) * 8n), end.length - 8);
  return end;
}
