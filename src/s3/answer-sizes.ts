import { SMALL_ANSWER_BYTES } from '../http/answer-parser.ts';
import type { ByteRange } from './store-types.ts';

const MIB = 1024 * 1024;

/**
 * Limit of one page of a listing. A thousand keys of 1,024 bytes have about 6.5 MiB if the store writes every byte as an XML
 * entity of six characters.
 */
export const LISTING_BYTES = 8 * MIB;

/** Limit of an object that is read into memory, in bytes. */
export const OBJECT_BYTES = 16 * MIB;

/** Limit of the answer to a read, in bytes: the requested range, or an error document. */
export function bytesOfRead(range: ByteRange | undefined): number {
  return range === undefined ? OBJECT_BYTES : Math.max(range.end - range.start, SMALL_ANSWER_BYTES);
}
