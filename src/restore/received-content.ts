import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import type { PartLayout } from '../digest/part-layout.ts';
import { etagOfParts } from '../digest/parts-digest.ts';
import { FileContent, type LocalContent } from '../proof/local-content.ts';
import type { SourceContent } from '../source/content.ts';

/** Digests that were computed from the bytes of an object while they arrived. */
export interface ReceivedDigests {
  /** Size in bytes of the ranges that `md5s` are of; the last one may be shorter. */
  readonly rangeBytes: number;
  /** MD5 of each range, 16 bytes each; undefined if they were not computed. */
  readonly md5s: readonly Buffer[] | undefined;
}

/** Content that was written to a file as it arrived. The file is read only for digests that were not computed then. */
export class ReceivedContent implements LocalContent {
  readonly size: number;
  readonly #digests: ReceivedDigests;
  readonly #open: () => Promise<SourceContent>;
  #opened: SourceContent | undefined;
  #file: FileContent | undefined;

  /** @param open Opens the file for reading. */
  constructor(size: number, digests: ReceivedDigests, open: () => Promise<SourceContent>) {
    this.size = size;
    this.#digests = digests;
    this.#open = open;
  }

  get knownMd5(): string | undefined {
    return this.#opened?.md5;
  }

  async md5(): Promise<string> {
    return this.knownMd5 ?? (await this.#fromFile()).md5();
  }

  async partsEtag(layout: PartLayout): Promise<string> {
    const { rangeBytes, md5s } = this.#digests;
    return md5s && layout === rangeBytes ? etagOfParts(md5s) : (await this.#fromFile()).partsEtag(layout);
  }

  async checksum(algorithm: ChecksumAlgorithm): Promise<string> {
    return (await this.#fromFile()).checksum(algorithm);
  }

  async partsChecksum(layout: PartLayout, algorithm: ChecksumAlgorithm): Promise<string | undefined> {
    return (await this.#fromFile()).partsChecksum(layout, algorithm);
  }

  close(): void {
    this.#opened?.close();
  }

  async #fromFile(): Promise<FileContent> {
    this.#opened ??= await this.#open();
    this.#file ??= new FileContent(this.#opened);
    return this.#file;
  }
}
