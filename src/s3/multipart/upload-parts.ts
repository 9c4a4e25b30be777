import type { PooledBytes } from '../../buffer-pool.ts';
import type { ChecksumAlgorithm } from '../../checksum/checksum.ts';
import { md5EachInTurns } from '../../md5/md5-each.ts';
import { WholeMd5 } from '../../md5/whole-md5.ts';
import type { SourceContent } from '../../source/content.ts';
import { etagOfParts } from '../parts.ts';
import { StoreError } from '../store-error.ts';
import type { UploadAnswer, WriteCondition } from '../store-types.ts';
import { completeOrLook } from './complete-or-look.ts';
import { giveUpParts } from './give-up-parts.ts';
import { PartChecksums } from './part-checksums.ts';
import type { Part, PartRequests, SentPart } from './part-requests.ts';
import { requireUnderKey } from './require-under-key.ts';

export interface PartsUploadOptions {
  /** Bytes of every part but the last. */
  readonly partSize: number;
  /** That each part is sent with, and where it is a CRC the whole. */
  readonly checksum: ChecksumAlgorithm | undefined;
  /** Whether the MD5 of the whole file is computed, too. */
  readonly wholeMd5: boolean;
  /**
   * What must be under the key, if the store may complete an upload whatever is there: it is looked for just before. Default: what
   * the store is told in the completion will do.
   */
  readonly lookFor?: WriteCondition | undefined;
}

/**
 * Uploads a file in parts. Each is read once, into memory of the run's one budget that is given back when the part is
 * acknowledged; the MD5s of parts that were read together are computed together.
 *
 * Not through lib-storage: of each upload it holds three parts at least, outside of any budget, copies every byte twice,
 * rejects before its abort is sent, and cannot begin in the middle.
 *
 * @throws SourceError where reading failed or the file changed, StoreError where the store did; the upload was then
 * aborted, or its parts are kept where the requests say so
 */
export async function uploadParts(
  requests: PartRequests,
  content: SourceContent,
  options: PartsUploadOptions,
): Promise<UploadAnswer> {
  return new PartsUpload(requests, content, options).run();
}

class PartsUpload {
  readonly #requests: PartRequests;
  readonly #content: SourceContent;
  readonly #options: PartsUploadOptions;
  readonly #md5s: Buffer[] = [];
  readonly #checksums: PartChecksums;
  readonly #sent: SentPart[] = [];
  readonly #whole: WholeMd5 | undefined;
  /** Parts under way, and bytes that the other thread still looks at. */
  readonly #pending = new Set<Promise<unknown>>();
  #failure: unknown;

  constructor(requests: PartRequests, content: SourceContent, options: PartsUploadOptions) {
    this.#requests = requests;
    this.#content = content;
    this.#options = options;
    this.#checksums = new PartChecksums(options.checksum);
    this.#whole = options.wholeMd5 ? new WholeMd5() : undefined;
  }

  async run(): Promise<UploadAnswer> {
    const uploadId = await this.#requests.begin();
    try {
      await this.#sendAll(uploadId);
      this.#content.md5 = await this.#whole?.digest();
      this.#content.requireUnchanged();
      return await this.#complete(uploadId);
    } catch (error) {
      await this.#whole?.forget();
      const whatBecameOfParts = await giveUpParts(this.#requests, uploadId, error);
      if (!(error instanceof StoreError)) throw error;
      const { code, message, status } = error;
      throw new StoreError(code, message + whatBecameOfParts, status, 1 + this.#requests.retries);
    }
  }

  /** Ends only when nothing is under way any more, whatever happened. */
  async #sendAll(uploadId: string): Promise<void> {
    try {
      for await (const group of this.#content.parts(this.#options.partSize)) {
        const first = this.#md5s.length;
        this.#md5s.push(...(await md5sOf(group)));
        for (const [index, { bytes, release }] of group.entries()) {
          const part = await this.#partOf(first + index, bytes);
          const uses = [this.#send(uploadId, part), this.#whole?.update(bytes)];
          this.#track(Promise.allSettled(uses).then(release));
          for (const use of uses) use?.catch((error) => this.#fail(error));
        }
        if (this.#failure !== undefined) break;
      }
    } catch (error) {
      this.#fail(error);
    }
    await Promise.all(this.#pending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #track(work: Promise<unknown>): void {
    this.#pending.add(work);
    work.finally(() => this.#pending.delete(work));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  async #partOf(index: number, bytes: Buffer): Promise<Part> {
    const md5 = this.#md5s[index] ?? Buffer.alloc(0);
    const checksum = await this.#checksums.add(index, bytes);
    return { number: index + 1, bytes, md5, checksum };
  }

  async #send(uploadId: string, part: Part): Promise<void> {
    this.#sent[part.number - 1] = await this.#requests.send(uploadId, part);
  }

  async #complete(uploadId: string): Promise<UploadAnswer> {
    const { size, checksums } = this.#content;
    const { algorithm, isFullObject } = this.#checksums;
    const checksum = this.#checksums.whole();
    if (algorithm) checksums[algorithm] = checksum;
    const partsEtag = etagOfParts(this.#md5s);
    await requireUnderKey(this.#requests, this.#options.lookFor);
    const completion = { parts: this.#sent, checksum: isFullObject ? checksum : undefined };
    const write = await completeOrLook(this.#requests, uploadId, completion, { size, checksums, partsEtag });
    const { retries, resumedBytes = 0 } = this.#requests;
    return { ...write, partsEtag, attempts: 1 + retries, resumedBytes };
  }
}

/** @throws what computing them throws; the group is given back then */
async function md5sOf(group: readonly PooledBytes[]): Promise<Buffer[]> {
  try {
    return await md5EachInTurns(group.map(({ bytes }) => bytes));
  } catch (error) {
    for (const { release } of group) release();
    throw error;
  }
}
