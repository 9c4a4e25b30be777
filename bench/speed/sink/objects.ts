import { createHash } from 'node:crypto';
import { SortedKeys } from './sorted-keys.ts';

export interface StoredObject {
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  /** Header lines, each with its CRLF. */
  readonly metadata: string;
  /** The bytes of each part, one for an object that came whole; empty if contents are not kept. */
  readonly content: readonly Buffer[];
}

interface Part {
  readonly size: number;
  readonly md5: string;
  /** Undefined if contents are not kept. */
  readonly content: Buffer | undefined;
}

/** What is stored under a key, but for the time. */
type Stored = Omit<StoredObject, 'modifiedAt'>;

interface Upload {
  readonly metadata: string;
  readonly parts: Map<number, Part>;
}

/** One bucket: what is known of its objects, and the multipart uploads under way. */
export class Objects {
  readonly keys = new SortedKeys();
  readonly #objects = new Map<string, StoredObject>();
  readonly #uploads = new Map<string, Upload>();
  #bytes = 0;
  #lastUpload = 0;

  get count(): number {
    return this.#objects.size;
  }

  /** The sum of the objects' sizes. */
  get bytes(): number {
    return this.#bytes;
  }

  get unfinishedUploads(): number {
    return this.#uploads.size;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  put(key: string, stored: Stored): void {
    const before = this.#objects.get(key);
    if (before === undefined) this.keys.add(key);
    this.#bytes += stored.size - (before?.size ?? 0);
    this.#objects.set(key, { ...stored, modifiedAt: Date.now() });
  }

  delete(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    this.keys.remove(key);
    this.#bytes -= object.size;
  }

  /** @returns the upload's id */
  createUpload(metadata: string): string {
    this.#lastUpload += 1;
    const id = `upload-${this.#lastUpload}`;
    this.#uploads.set(id, { metadata, parts: new Map() });
    return id;
  }

  /** @returns whether there is such an upload */
  putPart(id: string, number: number, part: Part): boolean {
    return this.#uploads.get(id)?.parts.set(number, part) !== undefined;
  }

  abortUpload(id: string): void {
    this.#uploads.delete(id);
  }

  /**
   * Makes the object of the named parts.
   * @returns its ETag, or the code of S3's error
   */
  complete(key: string, id: string, numbers: readonly number[]): { etag: string } | { error: string } {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return { error: 'NoSuchUpload' };
    const hash = createHash('md5');
    let size = 0;
    const content: Buffer[] = [];
    for (const number of numbers) {
      const part = upload.parts.get(number);
      if (part === undefined) return { error: 'InvalidPart' };
      hash.update(part.md5, 'hex');
      size += part.size;
      if (part.content !== undefined) content.push(part.content);
    }
    const etag = `${hash.digest('hex')}-${numbers.length}`;
    this.#uploads.delete(id);
    this.put(key, { size, etag, metadata: upload.metadata, content });
    return { etag };
  }
}
