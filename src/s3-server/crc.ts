import { crc32 } from 'node:zlib';

/** A checksum that is computed while bytes arrive. */
export interface RunningSum {
  /** Adds bytes. */
  update(bytes: Uint8Array): unknown;
  /** Value in network byte order, which S3 encodes in base64. */
  digest(): Buffer;
}

/** Width in bits and reflected polynomial: RFC 1952 (CRC32), RFC 3720 (CRC32C), NVM Express command set (CRC64NVME). */
const CRCS = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

/** The CRC algorithms of S3. */
export type CrcAlgorithm = keyof typeof CRCS;

/**
 * Starts a CRC. Shares no code with the client: a mistake in shared code would be invisible to the tests in which the endpoint
 * checks what the client sends.
 */
export function startCrc(algorithm: CrcAlgorithm): RunningSum {
  return algorithm === 'CRC32' ? new ZlibCrc() : new TableCrc(algorithm);
}

class ZlibCrc implements RunningSum {
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  digest(): Buffer {
    return bytesOf(BigInt(this.#value), 32);
  }
}

/** Computes a CRC one byte at a time, in two halves of 32 bits. The upper half of a 32-bit CRC stays 0. */
class TableCrc implements RunningSum {
  readonly #width: number;
  readonly #lows: Uint32Array;
  readonly #highs: Uint32Array;
  #low = 0xffffffff;
  #high: number;

  constructor(algorithm: CrcAlgorithm) {
    const { width } = CRCS[algorithm];
    const remainders = Array.from({ length: 256 }, (_, byte) => afterZeroBits(BigInt(byte), 8, algorithm));
    this.#width = width;
    this.#lows = Uint32Array.from(remainders, (value) => Number(value & 0xffffffffn));
    this.#highs = Uint32Array.from(remainders, (value) => Number(value >> 32n));
    this.#high = width === 64 ? 0xffffffff : 0;
  }

  update(bytes: Uint8Array): void {
    const [lows, highs] = [this.#lows, this.#highs];
    let [low, high] = [this.#low, this.#high];
    for (const byte of bytes) {
      const index = (low ^ byte) & 255;
      low = ((low >>> 8) | (high << 24)) ^ (lows[index] ?? 0);
      high = (high >>> 8) ^ (highs[index] ?? 0);
    }
    this.#low = low;
    this.#high = high;
  }

  digest(): Buffer {
    const value = (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
    return bytesOf(BigInt.asUintN(this.#width, value), this.#width);
  }
}

/** CRC register after a number of zero bits has been shifted in. */
function afterZeroBits(value: bigint, bits: number, algorithm: CrcAlgorithm): bigint {
  const { polynomial } = CRCS[algorithm];
  let shifted = value;
  for (let bit = 0; bit < bits; bit += 1)
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  return shifted;
}

/** A linear map over bits: its result for each single bit, the lowest first. */
type Matrix = readonly bigint[];

/**
 * Computes the CRC of concatenated pieces from the CRC and the size of each. A zero byte changes a CRC by a linear map; the map
 * for many zero bytes is computed by repeated squaring (as zlib's `crc32_combine` did up to version 1.2.11).
 *
 * @param pieces CRC in network byte order and size in bytes of each piece, in order.
 * @returns the CRC in network byte order
 */
export function crcOfPieces(
  algorithm: CrcAlgorithm,
  pieces: readonly { readonly crc: Buffer; readonly size: number }[],
): Buffer {
  const { width } = CRCS[algorithm];
  const maps = new Map<number, Matrix>();
  let total = 0n;
  for (const { crc, size } of pieces) {
    const map = maps.get(size) ?? mapOfZeroBytes(size, algorithm);
    maps.set(size, map);
    total = applied(map, total) ^ BigInt(`0x${crc.toString('hex')}`);
  }
  return bytesOf(total, width);
}

function mapOfZeroBytes(bytes: number, algorithm: CrcAlgorithm): Matrix {
  const bits = Array.from({ length: CRCS[algorithm].width }, (_, bit) => 1n << BigInt(bit));
  let map: Matrix = bits;
  let square: Matrix = bits.map((bit) => afterZeroBits(bit, 8, algorithm));
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    const factor = square;
    if (rest % 2 === 1) map = map.map((column) => applied(factor, column));
    square = factor.map((column) => applied(factor, column));
  }
  return map;
}

function applied(map: Matrix, value: bigint): bigint {
  let result = 0n;
  let rest = value;
  for (const column of map) {
    if (rest & 1n) result ^= column;
    rest >>= 1n;
  }
  return result;
}

function bytesOf(value: bigint, width: number): Buffer {
  return Buffer.from(value.toString(16).padStart(width / 4, '0'), 'hex');
}
