import { SMALL_ANSWER_BYTES } from '../http/answer-parser.ts';
import type { ByteRange } from './store-types.ts';

const MIB = 1024 * 1024;

/**
 * The body of a page of a listing. A thousand keys of 1,024 bytes, each of which can take six characters for a byte where the
 * store writes them as XML entities, have about 6.5 MiB.
 */
export const LISTING_BYTES = 8 * MIB;

/** An object, or a range of it, that is read into memory. */
export const OBJECT_BYTES = 16 * MIB;

/** The body of an answer to a read: what was asked for, or an error document. */
export function bytesOfRead(range: ByteRange | undefined): number {
  return range === undefined ? OBJECT_BYTES : Math.max(range.end - range.start, SMALL_ANSWER_BYTES);
}
