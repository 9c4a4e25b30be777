import { MemoryBudget } from '../core/memory-budget.ts';
import { PIECE_BYTES, RunningMd5s } from '../digest/md5/running-md5s.ts';

/** Pieces for one range: one is filled while the other is written and hashed. */
const PIECES_EACH = 2;
/** Ranges that are received at the same time, of all objects together. */
const MAX_RANGES = 16;

/** Pieces of memory on loan. Must be released once, when none of them is in use. */
export interface PiecesLease {
  readonly pieces: readonly Buffer[];
  release(): void;
}

/** The memory that ranges are received in, and the MD5s of what is received. */
export class PieceMemory {
  readonly #count: number;
  readonly #budget: MemoryBudget;
  #md5s: RunningMd5s | undefined;
  #free: Buffer[] = [];

  /** @param memoryBytes Memory of the whole run, in bytes. At most a quarter of it is used. */
  constructor(memoryBytes: number) {
    const ranges = Math.floor(memoryBytes / 4 / (PIECES_EACH * PIECE_BYTES));
    this.#count = PIECES_EACH * Math.max(1, Math.min(MAX_RANGES, ranges));
    this.#budget = new MemoryBudget(this.#count);
  }

  /** Computes MD5s of what is in pieces. */
  get md5s(): RunningMd5s {
    this.#md5s ??= this.#open();
    return this.#md5s;
  }

  /** A restore of small objects needs none. */
  #open(): RunningMd5s {
    const md5s = new RunningMd5s(this.#count);
    this.#free = [...md5s.pieces];
    return md5s;
  }

  /** Waits for the memory of one range. */
  async lease(): Promise<PiecesLease> {
    const lease = await this.#budget.lease(PIECES_EACH);
    this.#md5s ??= this.#open();
    const pieces = this.#free.splice(-PIECES_EACH);
    return {
      pieces,
      release: () => {
        this.#free.push(...pieces);
        lease.release();
      },
    };
  }
}
