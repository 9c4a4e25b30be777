import { CRC_PARAMETERS } from './crc.ts';

/**
 * The checksums that can be combined from those of the parts, hence the only full-object ones of multipart.
 */
export type CrcAlgorithm = keyof typeof CRC_PARAMETERS;

interface Field {
  readonly width: number;
  readonly polynomial: bigint;
}

/** Product of two polynomials modulo the CRC's, bits reflected: the highest bit is x^0. */
function multiply(a: bigint, b: bigint, { width, polynomial }: Field): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n;
  }
  return product;
}

/** x^(8 × bytes) modulo the CRC's polynomial, by squaring. */
function powerOfBytes(bytes: number, field: Field): bigint {
  let result = 1n << BigInt(field.width - 1);
  let square = 1n << BigInt(field.width - 9);
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, square, field);
    square = multiply(square, square, field);
  }
  return result;
}

/**
 * The CRC of a whole from the CRCs of its pieces, without reading them again (the method of zlib's
 * `crc32_combine`). Powers are kept by length: the parts of an upload are nearly all equally long.
 *
 * @param pieces in order, CRC in network byte order and length in bytes.
 */
export function combineCrcs(
  algorithm: CrcAlgorithm,
  pieces: readonly { readonly crc: Buffer; readonly size: number }[],
): Buffer {
  const field = CRC_PARAMETERS[algorithm];
  const powers = new Map<number, bigint>();
  let total = 0n;
  for (const { crc, size } of pieces) {
    const power = powers.get(size) ?? powerOfBytes(size, field);
    powers.set(size, power);
    total = multiply(power, total, field) ^ BigInt(`0x${crc.toString('hex')}`);
  }
  return Buffer.from(total.toString(16).padStart(field.width / 4, '0'), 'hex');
}
