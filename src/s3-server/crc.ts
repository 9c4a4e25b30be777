import { crc32 } from 'node:zlib';

/** A checksum under way. */
export interface RunningSum {
  update(bytes: Uint8Array): unknown;
  /** The value in network byte order, as S3 encodes it in base64. */
  digest(): Buffer;
}

/** Bits, and the polynomial with its bits reflected: RFC 1952, RFC 3720 and the NVM Express command set. */
const CRCS = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

export type CrcAlgorithm = keyof typeof CRCS;

/**
 * Starts a CRC. The endpoint computes its own: if it shared code with the client, a mistake there would be invisible to every
 * test that has the endpoint check what the client sends.
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

/** One byte at a time, in two halves of 32 bits: the upper one of a CRC of 32 bits stays 0. */
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

/** A value after as many zero bits have been shifted in. */
function afterZeroBits(value: bigint, bits: number, algorithm: CrcAlgorithm): bigint {
  const { polynomial } = CRCS[algorithm];
  let shifted = value;
  for (let bit = 0; bit < bits; bit += 1)
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  return shifted;
}

/** What a linear map makes of each single bit, the lowest first. */
type Matrix = readonly bigint[];

/**
 * The CRC of pieces in a row, from the CRC and the size of each. Zero bytes change a CRC by a linear map; the map of many is
 * had by squaring the map of one (zlib's `crc32_combine` up to version 1.2.11 does the same).
 *
 * @param pieces CRC in network byte order, and size in bytes.
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
