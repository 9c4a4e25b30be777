import { crc32 } from 'node:zlib';

/** A checksum under way. */
export interface RunningSum {
  update(bytes: Uint8Array): void;
  /** The value in network byte order, as S3 encodes it in base64. */
  digest(): Buffer;
}

/** Widths and bit-reflected polynomials: RFC 1952, RFC 3720 and the NVM Express command set. */
export const CRC_PARAMETERS = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

/** CRC32 through zlib, which is native code. */
export function startCrc32(): RunningSum {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(value);
      return out;
    },
  };
}

let tableCrc32c: Uint32Array | undefined;

function makeTableCrc32c(): Uint32Array {
  const polynomial = Number(CRC_PARAMETERS.CRC32C.polynomial);
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

/** CRC32C (Castagnoli), a byte at a time. */
export function startCrc32c(): RunningSum {
  tableCrc32c ??= makeTableCrc32c();
  const table = tableCrc32c;
  let value = 0xffffffff;
  return {
    update(bytes) {
      let crc = value;
      for (let i = 0; i < bytes.length; i++) {
        crc = (table[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8);
      }
      value = crc;
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(~value >>> 0);
      return out;
    },
  };
}

let tableCrc64: { low: Uint32Array; high: Uint32Array } | undefined;

function makeTableCrc64(): { low: Uint32Array; high: Uint32Array } {
  const low = new Uint32Array(256);
  const high = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1n ? (value >> 1n) ^ CRC_PARAMETERS.CRC64NVME.polynomial : value >> 1n;
    }
    low[byte] = Number(value & 0xffffffffn);
    high[byte] = Number(value >> 32n);
  }
  return { low, high };
}

/** CRC64NVME as two 32-bit halves: BigInt arithmetic a byte would be about fifty times slower. */
export function startCrc64Nvme(): RunningSum {
  tableCrc64 ??= makeTableCrc64();
  const table = tableCrc64;
  let low = 0xffffffff;
  let high = 0xffffffff;
  return {
    update(bytes) {
      let l = low;
      let h = high;
      for (let i = 0; i < bytes.length; i++) {
        const index = (l ^ (bytes[i] as number)) & 255;
        l = ((l >>> 8) | (h << 24)) ^ (table.low[index] as number);
        h = (h >>> 8) ^ (table.high[index] as number);
      }
      low = l;
      high = h;
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeUInt32BE(~high >>> 0, 0);
      out.writeUInt32BE(~low >>> 0, 4);
      return out;
    },
  };
}
