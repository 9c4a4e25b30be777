import { createHash, type Hash } from 'node:crypto';
import { type PartLayout, sizeOfPart } from '../digest/part-layout.ts';
import { etagOfParts } from '../digest/parts-digest.ts';
import type { BodyReceiver } from '../http/answer-parser.ts';
import { StoreError } from './store-error.ts';
import type { ByteRange, ObjectBytes } from './store-types.ts';

/** Most bytes that one request asks for: one that breaks off is repeated as a whole. */
const REQUEST_BYTES = 16 * 1024 * 1024;

/** The bytes of an object as they were read, and the digest of them. */
export interface HashedObject {
  /** Size of the object in bytes. If it is above the limit, `digest` is of a part of it. */
  readonly size: number;
  /** MD5 in hex; with a part size the ETag that S3 gives parts. */
  readonly digest: string;
}

/**
 * Reads an object, range by range, and hashes its bytes as they arrive.
 *
 * @param read Reads a range of one write of the object.
 * @param layout Sizes of the parts that the digest is made of; undefined for the MD5 of the whole object.
 * @param maxBytes Reading ends if the object has more bytes.
 * @throws StoreError
 */
export async function hashObject(
  read: (range: ByteRange, receiver: BodyReceiver) => Promise<ObjectBytes>,
  layout: PartLayout | undefined,
  maxBytes: number,
): Promise<HashedObject> {
  const digest = new ArrivingDigest(layout ?? Number.POSITIVE_INFINITY);
  let size = maxBytes + 1;
  try {
    for (let start = 0; start < Math.min(size, maxBytes + 1); start += REQUEST_BYTES) {
      digest.mark();
      const end = Math.min(start + REQUEST_BYTES, maxBytes + 1);
      ({ size } = await read({ start, end }, digest));
    }
  } catch (error) {
    // An empty object has no first byte.
    if (!(error instanceof StoreError) || error.status !== 416 || digest.length > 0) throw error;
    size = 0;
  }
  return { size, digest: layout === undefined ? digest.md5() : digest.etag() };
}

/** Hashes what arrives. A range that arrives once more replaces what came of it before. */
class ArrivingDigest implements BodyReceiver {
  readonly #layout: PartLayout;
  #parts: Buffer[] = [];
  #hash = createHash('md5');
  #filled = 0;
  length = 0;
  #marked: { readonly parts: number; readonly hash: Hash; readonly filled: number; readonly length: number };

  constructor(layout: PartLayout) {
    this.#layout = layout;
    this.#marked = { parts: 0, hash: this.#hash.copy(), filled: 0, length: 0 };
  }

  /** Begins the next range. */
  mark(): void {
    const { length } = this;
    this.#marked = { parts: this.#parts.length, hash: this.#hash.copy(), filled: this.#filled, length };
  }

  receive(bytes: Buffer, at: number): undefined {
    if (at === 0) this.#rewind();
    for (let done = 0; done < bytes.length; ) {
      const partSize = sizeOfPart(this.#layout, this.#parts.length);
      const piece = bytes.subarray(done, done + partSize - this.#filled);
      this.#hash.update(piece);
      done += piece.length;
      this.#filled += piece.length;
      if (this.#filled === partSize) this.#endPart();
    }
    this.length += bytes.length;
  }

  #rewind(): void {
    const { parts, hash, filled, length } = this.#marked;
    this.#parts = this.#parts.slice(0, parts);
    this.#hash = hash.copy();
    this.#filled = filled;
    this.length = length;
  }

  #endPart(): void {
    this.#parts.push(this.#hash.digest());
    this.#hash = createHash('md5');
    this.#filled = 0;
  }

  md5(): string {
    return this.#hash.digest('hex');
  }

  etag(): string {
    // Nothing at all is one part that is empty.
    if (this.#filled > 0 || this.#parts.length === 0) this.#endPart();
    return etagOfParts(this.#parts);
  }
}
