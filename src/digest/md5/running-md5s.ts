import { createHash, type Hash } from 'node:crypto';
import { LaneMd5 } from './lane-md5.ts';
import { LaneTurns } from './lane-turns.ts';
import { BLOCK, Lanes } from './lanes.ts';
import { tryLanes } from './open-lanes.ts';
import type { RunningMd5 } from './running-md5.ts';

/** Size of a piece of memory: what is in it is still in the processor's cache when it is hashed. In bytes. */
export const PIECE_BYTES = 256 * 1024;
/** A block more: pieces 4 KiB or a multiple of it apart would compete for the same lines of the cache. */
const STRIDE = PIECE_BYTES + BLOCK;

/** Computes MD5s of bodies while their bytes arrive, those of eight bodies at once, where the bytes have arrived. */
export class RunningMd5s {
  readonly #lanes: Lanes | undefined;
  readonly #turns: LaneTurns | undefined;
  /** Memory that bodies shall arrive in. */
  readonly pieces: readonly Buffer[];

  /**
   * @param count Number of pieces of memory.
   * @param open Makes the lanes. Where there are none, node:crypto hashes one body after the other.
   */
  constructor(count: number, open: (bytes: number) => Lanes | undefined = openLanes) {
    this.#lanes = open(count * STRIDE);
    this.#turns = this.#lanes && new LaneTurns(this.#lanes);
    const memory = this.#lanes?.own ?? Buffer.allocUnsafeSlow(count * STRIDE);
    this.pieces = Array.from({ length: count }, (_, n) =>
      memory.subarray(n * STRIDE, n * STRIDE + PIECE_BYTES),
    );
  }

  begin(): RunningMd5 {
    return this.#lanes && this.#turns ? new LaneMd5(this.#lanes, this.#turns) : new LoneMd5();
  }
}

function openLanes(bytes: number): Lanes | undefined {
  return tryLanes(() => new Lanes(bytes));
}

/** A body that node:crypto hashes. */
class LoneMd5 implements RunningMd5 {
  #hash: Hash = createHash('md5');
  #marked: Hash = createHash('md5');

  add(piece: Buffer, done: () => void): void {
    this.#hash.update(piece);
    done();
  }

  flush(): void {}

  mark(): void {
    this.#marked = this.#hash.copy();
  }

  rewind(): void {
    this.#hash = this.#marked.copy();
  }

  digest(): Buffer {
    return this.#hash.digest();
  }
}
