import { type ChecksumAlgorithm, checksumOf, startChecksum } from '../digest/checksum.ts';
import type { Md5Queue } from '../digest/md5/md5-queue.ts';
import { PartsDigest } from '../digest/parts-digest.ts';
import type { SourceContent } from '../source/content.ts';
import { readPartsEtag } from './read-parts-etag.ts';

/** Up to this many bytes an object is read in one request, and a file as one piece. */
export const MAX_WHOLE_BYTES = 8 * 1024 * 1024;

/** Content of which the digests that S3 may report can be computed. */
export interface LocalContent {
  /** Bytes. */
  readonly size: number;
  /** In hex. */
  md5(): Promise<string>;
  /** As S3 makes it of a multipart upload. */
  partsEtag(partSize: number): Promise<string>;
  /** Of the whole, in base64. */
  checksum(algorithm: ChecksumAlgorithm): Promise<string>;
  /** As S3 makes it of a multipart upload; undefined if there is no content. */
  partsChecksum(partSize: number, algorithm: ChecksumAlgorithm): Promise<string | undefined>;
}

export class BytesContent implements LocalContent {
  readonly #bytes: Buffer;
  readonly #md5s: Md5Queue;
  #md5: Promise<string> | undefined;

  constructor(bytes: Buffer, md5s: Md5Queue) {
    this.#bytes = bytes;
    this.#md5s = md5s;
  }

  get size(): number {
    return this.#bytes.length;
  }

  md5(): Promise<string> {
    this.#md5 ??= this.#md5s.digest(this.#bytes).then((md5) => md5.toString('hex'));
    return this.#md5;
  }

  async partsEtag(partSize: number): Promise<string> {
    const digest = new PartsDigest(partSize);
    digest.update(this.#bytes);
    return digest.etag();
  }

  async checksum(algorithm: ChecksumAlgorithm): Promise<string> {
    return (await checksumOf(algorithm, this.#bytes)).toString('base64');
  }

  async partsChecksum(partSize: number, algorithm: ChecksumAlgorithm): Promise<string | undefined> {
    const digest = new PartsDigest(partSize, algorithm);
    digest.update(this.#bytes);
    return digest.checksum();
  }
}

/** A file of any size: it is read anew for each digest that the last reading did not give. */
export class FileContent implements LocalContent {
  readonly #content: SourceContent;

  constructor(content: SourceContent) {
    this.#content = content;
  }

  get size(): number {
    return this.#content.size;
  }

  async md5(): Promise<string> {
    if (this.#content.md5 === undefined) await this.#read();
    return this.#content.md5 ?? '';
  }

  partsEtag(partSize: number): Promise<string> {
    return readPartsEtag(this.#content, partSize);
  }

  async checksum(algorithm: ChecksumAlgorithm): Promise<string> {
    const sum = startChecksum(algorithm);
    for await (const chunk of this.#content.chunks()) sum.update(chunk);
    return sum.digest().toString('base64');
  }

  async partsChecksum(partSize: number, algorithm: ChecksumAlgorithm): Promise<string | undefined> {
    const digest = new PartsDigest(partSize, algorithm);
    for await (const chunk of this.#content.chunks()) digest.update(chunk);
    return digest.checksum();
  }

  async #read(): Promise<void> {
    for await (const _ of this.#content.chunks());
  }
}

/** @throws SourceError where the file changes while it is read */
export async function contentOfFile(content: SourceContent, md5s: Md5Queue): Promise<LocalContent> {
  return content.size > MAX_WHOLE_BYTES
    ? new FileContent(content)
    : new BytesContent(await content.readWhole(), md5s);
}
