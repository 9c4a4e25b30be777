import type { PooledBytes } from '../../core/buffer-pool.ts';
import type { ChecksumAlgorithm } from '../../digest/checksum.ts';
import { md5EachInTurns } from '../../digest/md5/md5-each.ts';
import { WholeMd5 } from '../../digest/md5/whole-md5.ts';
import { etagOfParts } from '../../digest/parts-digest.ts';
import type { SourceContent } from '../../source/content.ts';
import { triesOf } from '../body-tries.ts';
import { StoreError } from '../store-error.ts';
import type { UploadAnswer, WriteCondition } from '../store-types.ts';
import {
  type CompletionOptions,
  type Computed,
  completeOrLook,
  ownObject,
  type Write,
} from './complete-or-look.ts';
import { giveUpParts } from './give-up-parts.ts';
import { PartChecksums } from './part-checksums.ts';
import type { Part, PartRequests, SentPart } from './part-requests.ts';
import { requireUnderKey } from './require-under-key.ts';

export interface PartsUploadOptions {
  /** Size of every part but the last, in bytes. */
  readonly partSize: number;
  /** Checksum algorithm of each part and, if it is a CRC, of the whole file; undefined for none. */
  readonly checksum: ChecksumAlgorithm | undefined;
  /** Whether the MD5 of the whole file is computed as well. */
  readonly wholeMd5: boolean;
  /**
   * Condition on the key that is checked just before the completion, if the store ignores conditions of completions.
   * Default: the condition that is sent with the completion suffices.
   */
  readonly lookFor?: WriteCondition | undefined;
  readonly completion: CompletionOptions;
}

/**
 * Uploads a file in parts. Each part is read once, into memory of the run's one budget that is released when S3
 * acknowledges the part; the MD5s of parts that were read together are computed together. lib-storage is not used: for
 * each upload it holds at least three parts, outside of any budget, copies every byte twice, rejects before its abort
 * is sent, and cannot resume an upload.
 *
 * NoSuchUpload means that another program completed or aborted the upload: if the content is not under the key, the file is sent
 * once more from its beginning.
 *
 * @throws SourceError if reading failed or the file changed, StoreError if the store failed; the upload was then
 * aborted, or its parts are kept if the requests say so
 */
export async function uploadParts(
  requests: PartRequests,
  content: SourceContent,
  options: PartsUploadOptions,
): Promise<UploadAnswer> {
  try {
    return await new PartsUpload(requests, content, options).run();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  const answer = await new PartsUpload(requests, content, options).run();
  return { ...answer, attempts: answer.attempts + 1 };
}

class PartsUpload {
  readonly #requests: PartRequests;
  readonly #content: SourceContent;
  readonly #options: PartsUploadOptions;
  readonly #md5s: Buffer[] = [];
  readonly #checksums: PartChecksums;
  readonly #sent: SentPart[] = [];
  readonly #whole: WholeMd5 | undefined;
  /** Parts in flight, and parts whose bytes the helper thread still reads. */
  readonly #pending = new Set<Promise<unknown>>();
  #failure: unknown;
  /** The NoSuchUpload error of a part; undefined while the upload exists. */
  #gone: StoreError | undefined;
  #found: Promise<boolean> | undefined;
  #computed: Computed | undefined;

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
      return this.#gone ? await this.#answerBeside(this.#gone) : await this.#complete(uploadId);
    } catch (error) {
      await this.#whole?.forget();
      const partsNote = isGone(error) ? '' : await giveUpParts(this.#requests, uploadId, error);
      if (!(error instanceof StoreError)) throw error;
      // A completion that was in doubt may have succeeded since the last look.
      const write = await this.#ownObject();
      if (write) return this.#answerOf(write);
      const { code, message, status } = error;
      throw new StoreError(code, message + partsNote, status, 1 + this.#requests.retries);
    }
  }

  /** Reads and sends all parts. Resolves or rejects only after every request has ended. */
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
        if (this.#gone && !(await this.#mayBeThere())) break;
      }
    } catch (error) {
      this.#fail(error);
    }
    await Promise.all(this.#pending);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#gone && !(await this.#mayBeThere())) throw this.#gone;
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
    const tries = triesOf(this.#content.allowance, bytes.length);
    return { number: index + 1, bytes, md5, checksum, tries, onSent: this.#content.sent?.add };
  }

  /**
   * Sends a part. If the upload does not exist any longer, parts are only read and hashed, to be compared with the
   * object under the key.
   */
  async #send(uploadId: string, part: Part): Promise<void> {
    if (this.#gone) return;
    try {
      this.#sent[part.number - 1] = await this.#requests.send(uploadId, part);
      const { sent } = this.#content;
      if (sent) sent.resumed = this.#requests.resumedBytes ?? 0;
    } catch (error) {
      if (!isGone(error)) throw error;
      this.#gone = error;
    }
  }

  /** Whether the object under the key has the file's size. */
  #mayBeThere(): Promise<boolean> {
    this.#found ??= this.#requests.look().then(
      ({ size }) => size === this.#content.size,
      () => false,
    );
    return this.#found;
  }

  /** @throws the NoSuchUpload error if the key holds other content */
  async #answerBeside(gone: StoreError): Promise<UploadAnswer> {
    this.#computed = this.#computeWhole();
    const write = await this.#ownObject();
    if (write === undefined) throw gone;
    return this.#answerOf(write);
  }

  async #complete(uploadId: string): Promise<UploadAnswer> {
    this.#computed = this.#computeWhole();
    await requireUnderKey(this.#requests, this.#options.lookFor);
    const checksum = this.#checksums.isFullObject ? this.#checksums.whole() : undefined;
    const completion = { parts: this.#sent, checksum };
    const { completion: options } = this.#options;
    return this.#answerOf(
      await completeOrLook(this.#requests, uploadId, completion, this.#computed, options),
    );
  }

  /** Digests of the whole file. Valid only after all parts were read. */
  #computeWhole(): Computed {
    const { size, checksums } = this.#content;
    const { algorithm } = this.#checksums;
    if (algorithm) checksums[algorithm] = this.#checksums.whole();
    return { size, checksums, partsEtag: etagOfParts(this.#md5s) };
  }

  async #ownObject(): Promise<Write | undefined> {
    return this.#computed && ownObject(this.#requests, this.#computed);
  }

  #answerOf({ etag, versionId, tries = 1 }: Write & { readonly tries?: number }): UploadAnswer {
    const { retries, resumedBytes = 0 } = this.#requests;
    return { etag, versionId, partsEtag: this.#computed?.partsEtag, attempts: retries + tries, resumedBytes };
  }
}

/** Whether the error says that the store does not know the upload: it was completed or aborted. */
function isGone(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'NoSuchUpload';
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
