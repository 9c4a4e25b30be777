import { isSameEtag } from '../../proof/rules/etag.ts';
import { SourceError } from '../../source/source-error.ts';
import { unquoted } from '../answers.ts';
import { RETRYABLE_CODES } from '../retry.ts';
import { fatalFrom, StoreError } from '../store-error.ts';
import { findResumable, type ResumableUpload, type WantedUpload } from './find-resumable.ts';
import type { Completion, Part, PartRequests, SentPart } from './part-requests.ts';
import type { ListedPart, UnfinishedUploads } from './unfinished-uploads.ts';

export interface ResumingOptions extends WantedUpload {
  /** Whether the requested encryption leaves the ETag of a part the MD5 of its bytes; SSE-KMS and SSE-C do not. */
  readonly etagsAreMd5: boolean;
}

/** Codes of stores without ListMultipartUploads: they refuse it, or list objects instead. */
const UNKNOWN: ReadonlySet<string> = new Set(['NotImplemented', 'NotS3']);

/**
 * Whether a stored part can be known to hold the file's bytes: by its ETag, if that is an MD5, or by its SHA-256. A CRC
 * of bytes that another run sent proves nothing: all parts that end with their own CRC-32 have the same one.
 */
export function reportsPartContent(etagsAreMd5: boolean, checksumAlgorithm: string | undefined): boolean {
  return etagsAreMd5 || checksumAlgorithm === 'SHA256';
}

/**
 * Wraps the requests of a transport and answers from an unfinished upload of the same key: its id if an upload is to be
 * begun, and the ETag of a part that is stored. The bucket is the only journal, so another machine can resume as well.
 * Two machines that resume at once send the same bytes to the same upload, which does no harm; if the bytes differ, one
 * completion fails with InvalidPart.
 */
export class ResumingRequests implements PartRequests {
  readonly #next: PartRequests;
  readonly #store: UnfinishedUploads;
  readonly #options: ResumingOptions;
  /** Parts already stored for the upload being resumed; undefined for a new one. */
  #there: ReadonlyMap<number, ListedPart> | undefined;
  /** Whether a later run could resume what this one leaves. */
  #isResumable = true;
  resumedBytes = 0;

  constructor(next: PartRequests, store: UnfinishedUploads, options: ResumingOptions) {
    this.#next = next;
    this.#store = store;
    this.#options = options;
  }

  get retries(): number {
    return this.#next.retries;
  }

  async begin(): Promise<string> {
    const found = await this.#find();
    this.#there = found?.parts;
    this.resumedBytes = 0;
    return found?.uploadId ?? this.#next.begin();
  }

  async #find(): Promise<ResumableUpload | undefined> {
    try {
      return await findResumable(this.#store, this.#options);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#isResumable = !isFinal(error) && !UNKNOWN.has(error.code);
      return undefined;
    }
  }

  async send(uploadId: string, part: Part): Promise<SentPart> {
    const there = this.#there?.get(part.number);
    if (there && this.#isSame(there, part)) {
      this.resumedBytes += part.bytes.length;
      return { number: part.number, etag: there.etag, checksum: part.checksum };
    }
    const sent = await this.#next.send(uploadId, part);
    if (isSameEtag(unquoted(sent.etag), part.md5.toString('hex'))) {
      if (this.#there) this.#requireAskedEncryption();
    } else if (!reportsPartContent(false, this.#options.checksumAlgorithm)) {
      // The bucket encrypts with KMS by itself, or the store has ETags of its own.
      this.#isResumable = false;
    }
    return sent;
  }

  #isSame({ size, etag, checksum }: ListedPart, part: Part): boolean {
    if (size !== part.bytes.length) return false;
    if (isSameEtag(unquoted(etag), part.md5.toString('hex'))) {
      this.#requireAskedEncryption();
      return true;
    }
    const isSha256 = reportsPartContent(false, this.#options.checksumAlgorithm);
    return isSha256 && checksum !== undefined && checksum === part.checksum;
  }

  /**
   * Throws if the upload being resumed is not encrypted as requested: it can be older than the request for encryption,
   * which S3 shows only by the ETags.
   */
  #requireAskedEncryption(): void {
    if (this.#options.etagsAreMd5) return;
    this.#isResumable = false;
    const message = 'the unfinished upload is not encrypted as requested; the next run begins a new one';
    throw new StoreError('OtherEncryption', message, undefined, 1);
  }

  complete(uploadId: string, completion: Completion) {
    return this.#next.complete(uploadId, completion);
  }

  look() {
    return this.#next.look();
  }

  abort(uploadId: string): Promise<void> {
    return this.#next.abort(uploadId);
  }

  keepsPartsAfter(error: unknown): boolean {
    return this.#isResumable && !isFinal(error);
  }
}

const FINAL_OF_FILES: ReadonlySet<string> = new Set(['FILE_CHANGED', 'SIZE_MISMATCH']);

/**
 * Whether no later run can resume after this error: the file has changed or has no size to compare, or the store has
 * refused the request. Temporary errors do not count: the network, a store that is down, credentials that have expired,
 * the end of the run.
 */
function isFinal(error: unknown): boolean {
  if (error instanceof SourceError) return FINAL_OF_FILES.has(error.code);
  if (!(error instanceof StoreError)) return false;
  const { status = 0, code } = error;
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const passes = RETRYABLE_CODES.has(code) || code === 'RequestTimeout' || fatalFrom(error, '') !== undefined;
  return isRefusal && !passes;
}
