import type { PooledBytes } from '../../buffer-pool.ts';
import type { HttpAnswer } from '../../http/answer-parser.ts';
import { md5EachInTurns } from '../../md5/md5-each.ts';
import { WholeMd5 } from '../../md5/whole-md5.ts';
import type { SourceContent } from '../../source/content.ts';
import { unquoted, writeOf } from '../answers.ts';
import type { Digests } from '../digests.ts';
import { PartChecksums } from '../part-checksums.ts';
import { etagOfParts } from '../parts.ts';
import { StoreError, storeErrorFrom } from '../store-error.ts';
import type { UploadAnswer } from '../store-types.ts';
import { announcement, checksumHeader, partElement, wholeChecksum } from './checksum-headers.ts';
import type { S3Requests } from './requests.ts';
import { queryOf } from './uri.ts';
import { elementText, escaped } from './xml.ts';

export interface PartsUploadOptions {
  /** `/` and the encoded key. */
  readonly path: string;
  /** What the object is to be. */
  readonly headers: Readonly<Record<string, string>>;
  /** What must be under the key when the upload is completed. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly partSize: number;
  /** What the parts, and with a checksum the whole, are sent with. */
  readonly digests: Digests;
  /** Whether the MD5 of the whole file is computed, too. */
  readonly wholeMd5: boolean;
}

/**
 * Uploads a file in parts. Each is read once, into memory that is given back when the part is acknowledged; the MD5s of
 * parts that were read together are computed together. lib-storage would copy every byte twice on the way.
 *
 * @throws SourceError where reading failed or the file changed, StoreError where the store did; in both cases the
 * multipart upload was aborted
 */
export async function uploadParts(
  requests: S3Requests,
  content: SourceContent,
  options: PartsUploadOptions,
): Promise<UploadAnswer> {
  return new PartsUpload(requests, content, options).run();
}

class PartsUpload {
  readonly #requests: S3Requests;
  readonly #content: SourceContent;
  readonly #options: PartsUploadOptions;
  readonly #md5s: Buffer[] = [];
  readonly #checksums: PartChecksums;
  /** ETags, as they were answered. */
  readonly #sent: string[] = [];
  readonly #whole: WholeMd5 | undefined;
  #retries = 0;
  /** Parts under way, and bytes that the other thread still looks at. */
  readonly #pending = new Set<Promise<unknown>>();
  #failure: unknown;

  constructor(requests: S3Requests, content: SourceContent, options: PartsUploadOptions) {
    this.#requests = requests;
    this.#content = content;
    this.#options = options;
    this.#checksums = new PartChecksums(options.digests.checksum);
    this.#whole = options.wholeMd5 ? new WholeMd5() : undefined;
  }

  async run(): Promise<UploadAnswer> {
    const uploadId = await this.#create();
    try {
      await this.#sendAll(uploadId);
      this.#content.md5 = await this.#whole?.digest();
      const { algorithm } = this.#checksums;
      if (algorithm) this.#content.checksums[algorithm] = this.#checksums.whole();
      this.#content.requireUnchanged();
      const partsEtag = etagOfParts(this.#md5s);
      const write = await this.#complete(uploadId, partsEtag);
      return { ...write, partsEtag, attempts: 1 + this.#retries };
    } catch (error) {
      await this.#whole?.forget();
      throw await this.#abort(uploadId, error);
    }
  }

  async #create(): Promise<string> {
    const { path, headers } = this.#options;
    const { body, attempts } = await this.#requests.send({
      operation: 'CreateMultipartUpload',
      method: 'POST',
      path,
      query: queryOf({ uploads: '' }),
      headers: { ...headers, ...announcement(this.#checksums) },
      flaw: ({ body }) => (uploadIdIn(body) ? undefined : 'the answer had no UploadId: this is not S3'),
    });
    this.#retries += attempts - 1;
    return uploadIdIn(body) ?? '';
  }

  /** Ends only when nothing is under way any more, whatever happened. */
  async #sendAll(uploadId: string): Promise<void> {
    try {
      for await (const group of this.#content.parts(this.#options.partSize)) {
        const first = this.#md5s.length;
        this.#md5s.push(...(await md5sOf(group)));
        for (const [index, { bytes, release }] of group.entries()) {
          const uses = [this.#send(uploadId, first + index, bytes), this.#whole?.update(bytes)];
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

  async #send(uploadId: string, index: number, bytes: Buffer): Promise<void> {
    const { md5, checksum } = this.#options.digests;
    await this.#checksums.add(index, bytes);
    const answer = await this.#ask('UploadPart', {
      method: 'PUT',
      query: queryOf({ partNumber: String(index + 1), uploadId }),
      headers: {
        ...(md5 && { 'content-md5': this.#md5s[index]?.toString('base64') ?? '' }),
        ...(checksum && { [checksumHeader(checksum)]: this.#checksums.of(index) ?? '' }),
      },
      body: bytes,
      flaw: ({ headers }: HttpAnswer) =>
        headers.has('etag') ? undefined : 'the answer to a part had no ETag: this is not S3',
    });
    this.#sent[index] = answer.headers.get('etag') ?? '';
  }

  async #complete(uploadId: string, partsEtag: string) {
    const { conditions } = this.#options;
    const parts = this.#sent.map(
      (etag, index) =>
        `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(etag)}</ETag>${partElement(this.#checksums, index)}</Part>`,
    );
    const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/';
    const xml = `<CompleteMultipartUpload xmlns="${xmlns}">${parts.join('')}</CompleteMultipartUpload>`;
    try {
      const { headers, body } = await this.#ask('CompleteMultipartUpload', {
        method: 'POST',
        query: queryOf({ uploadId }),
        headers: {
          'content-type': 'application/xml',
          ...conditions,
          ...wholeChecksum(this.#checksums),
        },
        body: Buffer.from(xml),
        flaw: ({ body }: HttpAnswer) =>
          body.indexOf('<ETag') < 0 ? 'the answer to the completion had no ETag: this is not S3' : undefined,
      });
      const { etag, versionId } = writeOf({
        ETag: elementText(body.toString(), 'ETag'),
        VersionId: headers.get('x-amz-version-id'),
      });
      return { etag: etag || partsEtag, versionId };
    } catch (error) {
      const write = await this.#completedAllTheSame(partsEtag);
      if (write === undefined) throw error;
      // Where the content was under the key before, the parts are still there.
      await this.#removeParts(uploadId);
      return write;
    }
  }

  /** A completion whose answer was lost is answered NoSuchUpload when it is asked again: only a look can tell. */
  async #completedAllTheSame(partsEtag: string) {
    try {
      const { headers } = await this.#ask('HeadObject', { method: 'HEAD' });
      const etag = unquoted(headers.get('etag'));
      return etag === partsEtag
        ? writeOf({ ETag: etag, VersionId: headers.get('x-amz-version-id') })
        : undefined;
    } catch {
      return undefined;
    }
  }

  async #ask(operation: string, request: Omit<Parameters<S3Requests['send']>[0], 'operation' | 'path'>) {
    try {
      const answer = await this.#requests.send({ operation, path: this.#options.path, ...request });
      this.#retries += answer.attempts - 1;
      return answer;
    } catch (error) {
      if (error instanceof StoreError) this.#retries += error.attempts - 1;
      throw error;
    }
  }

  /** Never cut short by the run's end: parts that are left behind are billed. @returns the error to be thrown */
  async #abort(uploadId: string, error: unknown): Promise<unknown> {
    const failure = await this.#removeParts(uploadId);
    if (!(error instanceof StoreError)) return error;
    const leftBehind = failure
      ? ` (and the parts of upload ${uploadId} could not be removed: ${failure.message})`
      : '';
    return new StoreError(error.code, error.message + leftBehind, error.status, 1 + this.#retries);
  }

  /** @returns why they could not be removed, or undefined */
  async #removeParts(uploadId: string): Promise<StoreError | undefined> {
    try {
      await this.#requests.send({
        operation: 'AbortMultipartUpload',
        method: 'DELETE',
        path: this.#options.path,
        query: queryOf({ uploadId }),
        anyway: true,
      });
      return undefined;
    } catch (failure) {
      return storeErrorFrom(failure, 'AbortMultipartUpload');
    }
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

function uploadIdIn(body: Buffer): string | undefined {
  return elementText(body.toString(), 'UploadId');
}
