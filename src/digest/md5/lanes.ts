import { GROUP, LANES, lanesModule, STATE_BYTES, VECTOR } from './lanes-code.ts';

/** What is needed of the types that @types/node 20 lacks. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly run: (blocks: number, ...pointers: readonly number[]) => void;
      readonly memory: { readonly buffer: ArrayBuffer };
    };
  };
};

export const BLOCK = 64;
/** Blocks that a lane takes from its body at once. 8 lanes of 16 KiB stay in a processor's second-level cache. */
export const LANE_BLOCKS = 256;
/** A block more than it holds: lanes 4 KiB or a multiple of it apart would compete for the same lines of the cache. */
const LANE_BYTES = (LANE_BLOCKS + 1) * BLOCK;
const PAGE = 64 * 1024;
const PAGES = Math.ceil((STATE_BYTES + LANES * LANE_BYTES) / PAGE);

/** RFC 1321's A, B, C and D. */
const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/** Blocks of a body, with its padding. */
export function blocksOf(length: number): number {
  return Math.floor((length + 8) / BLOCK) + 1;
}

/**
 * Eight MD5s under way, in 192 KiB of memory of WebAssembly. Others may use it whenever a caller waits: what shall
 * outlast that, the caller saves and restores.
 */
export class Lanes {
  readonly #run: (blocks: number, ...pointers: readonly number[]) => void;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Memory for the caller, whose bytes `runAt` hashes where they are. */
  readonly own: Buffer;

  /**
   * @param ownBytes Size of the caller's memory in bytes. Default 0.
   * @throws If WebAssembly is disabled, lacks SIMD, or cannot have its memory: it reserves gigabytes of addresses.
   */
  constructor(ownBytes = 0) {
    const pages = PAGES + Math.ceil(ownBytes / PAGE);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(lanesModule(pages)));
    this.#run = exports.run;
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
    this.own = Buffer.from(exports.memory.buffer, PAGES * PAGE, ownBytes);
  }

  /** Begins a body, or continues one. @param state What `writeDigest` has written after its last block. Default: none. */
  start(lane: number, state?: Buffer): void {
    for (let n = 0; n < 4; n++) {
      const word = state === undefined ? (START[n] as number) : state.readUInt32LE(4 * n);
      this.#view.setUint32(wordAddress(lane, n), word, true);
    }
  }

  /** Copies the body's blocks from the given one on, at most LANE_BLOCKS, with the padding if it is reached. */
  fill(lane: number, body: Uint8Array, firstBlock: number): void {
    const from = firstBlock * BLOCK;
    const to = Math.min(from + LANE_BLOCKS * BLOCK, blocksOf(body.length) * BLOCK);
    const base = laneAddress(lane) - from;
    const end = Math.min(to, body.length);
    if (from === 0 && end === body.length) this.#bytes.set(body, base);
    else if (from < end) this.#bytes.set(viewOf(body, from, end), base + from);
    if (to <= body.length) return;
    this.#bytes.fill(0, base + Math.max(from, body.length), base + to);
    if (body.length >= from) this.#bytes[base + body.length] = 0x80;
    // The 0x80 and the 8 bytes of the length fit the last block only; the lane may have been full before it.
    if (to <= body.length + 8) return;
    this.#view.setUint32(base + to - 8, (body.length % 2 ** 29) * 8, true);
    this.#view.setUint32(base + to - 4, Math.floor(body.length / 2 ** 29), true);
  }

  /** Copies whole blocks, at most LANE_BLOCKS. Nothing is appended. */
  fillWhole(lane: number, blocks: Uint8Array): void {
    this.#bytes.set(blocks, laneAddress(lane));
  }

  /**
   * Hashes so many blocks of every lane, at least 1.
   * @param offsets By lane, the blocks to leave out of those that it was filled with.
   */
  run(blocks: number, offsets: readonly number[]): void {
    this.#run(blocks, ...offsets.map((offset, lane) => laneAddress(lane) + offset * BLOCK));
  }

  /** Hashes so many blocks of bytes in `own`, at least 1. @param places By lane, offsets in `own`. */
  runAt(blocks: number, places: readonly number[]): void {
    this.#run(blocks, ...Array.from({ length: LANES }, (_, lane) => PAGES * PAGE + (places[lane] ?? 0)));
  }

  /** Writes the 16 bytes that the blocks of a body have come to: its MD5 after the last one. */
  writeDigest(lane: number, target: Buffer, offset: number): void {
    for (let n = 0; n < 4; n++) {
      target.writeUInt32LE(this.#view.getUint32(wordAddress(lane, n), true), offset + 4 * n);
    }
  }

  /** All that it knows about the blocks it has hashed. */
  save(): Uint8Array {
    return this.#bytes.slice(0, STATE_BYTES);
  }

  restore(state: Uint8Array): void {
    this.#bytes.set(state);
  }
}

function viewOf(body: Uint8Array, from: number, end: number): Uint8Array {
  return new Uint8Array(body.buffer, body.byteOffset + from, end - from);
}

function laneAddress(lane: number): number {
  return STATE_BYTES + lane * LANE_BYTES;
}

function wordAddress(lane: number, word: number): number {
  return (Math.floor(lane / GROUP) * 4 + word) * VECTOR + (lane % GROUP) * 4;
}
