import { type ChecksumAlgorithm, checksumOf, startChecksum } from '../digest/checksum.ts';
import type { Md5Queue } from '../digest/md5/md5-queue.ts';
import type { PartLayout } from '../digest/part-layout.ts';
import { PartsDigest } from '../digest/parts-digest.ts';
import type { SourceContent } from '../source/content.ts';
import { readPartsEtag } from './read-parts-etag.ts';

/** Objects up to this size are read in one request, and files in one piece. In bytes. */
export const MAX_WHOLE_BYTES = 8 * 1024 * 1024;

/** Local content, and every digest of it that S3 may report. */
export interface LocalContent {
  /** Size in bytes. */
  readonly size: number;
  /** MD5 of the whole in hex, if it was computed already. */
  readonly knownMd5: string | undefined;
  /** MD5 of the whole in hex. */
  md5(): Promise<string>;
  /** ETag that S3 gives a multipart upload of this content. @param layout Sizes of its parts. */
  partsEtag(layout: PartLayout): Promise<string>;
  /** Checksum of the whole content, in base64. */
  checksum(algorithm: ChecksumAlgorithm): Promise<string>;
  /** Composite checksum that S3 gives a multipart upload of this content; undefined if the content is empty. */
  partsChecksum(layout: PartLayout, algorithm: ChecksumAlgorithm): Promise<string | undefined>;
}

/** Content in memory. The MD5 is computed at most once. */
export class BytesContent implements LocalContent {
  readonly #bytes: Buffer;
  readonly #md5s: Md5Queue;
  #md5: Promise<string> | undefined;
  knownMd5: string | undefined;

  constructor(bytes: Buffer, md5s: Md5Queue) {
    this.#bytes = bytes;
    this.#md5s = md5s;
  }

  get size(): number {
    return this.#bytes.length;
  }

  md5(): Promise<string> {
    this.#md5 ??= this.#md5s.digest(this.#bytes).then((md5) => {
      this.knownMd5 = md5.toString('hex');
      return this.knownMd5;
    });
    return this.#md5;
  }

  async partsEtag(layout: PartLayout): Promise<string> {
    const digest = new PartsDigest(layout);
    digest.update(this.#bytes);
    return digest.etag();
  }

  async checksum(algorithm: ChecksumAlgorithm): Promise<string> {
    return (await checksumOf(algorithm, this.#bytes)).toString('base64');
  }

  async partsChecksum(layout: PartLayout, algorithm: ChecksumAlgorithm): Promise<string | undefined> {
    const digest = new PartsDigest(layout, algorithm);
    digest.update(this.#bytes);
    return digest.checksum();
  }
}

/**
 * Content of a file of any size. Each digest that no earlier reading has computed costs another reading of the file.
 * Every method throws SourceError if the file changes or cannot be read.
 */
export class FileContent implements LocalContent {
  readonly #content: SourceContent;

  constructor(content: SourceContent) {
    this.#content = content;
  }

  get size(): number {
    return this.#content.size;
  }

  get knownMd5(): string | undefined {
    return this.#content.md5;
  }

  async md5(): Promise<string> {
    if (this.#content.md5 === undefined) await this.#read();
    return this.#content.md5 ?? '';
  }

  partsEtag(layout: PartLayout): Promise<string> {
    return readPartsEtag(this.#content, layout);
  }

  async checksum(algorithm: ChecksumAlgorithm): Promise<string> {
    const sum = startChecksum(algorithm);
    for await (const chunk of this.#content.chunks()) sum.update(chunk);
    return sum.digest().toString('base64');
  }

  async partsChecksum(layout: PartLayout, algorithm: ChecksumAlgorithm): Promise<string | undefined> {
    const digest = new PartsDigest(layout, algorithm);
    for await (const chunk of this.#content.chunks()) digest.update(chunk);
    return digest.checksum();
  }

  async #read(): Promise<void> {
    for await (const _ of this.#content.chunks());
  }
}

/**
 * Reads a file of up to 8 MiB into memory; a larger one stays on the disk.
 *
 * @throws SourceError if the file changes while it is read
 */
export async function contentOfFile(content: SourceContent, md5s: Md5Queue): Promise<LocalContent> {
  return content.size > MAX_WHOLE_BYTES
    ? new FileContent(content)
    : new BytesContent(await content.readWhole(), md5s);
}
