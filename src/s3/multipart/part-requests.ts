import type { ObjectState } from '../../proof/rules/object-state.ts';
import type { BodyTries } from '../body-tries.ts';

/** A part of a file, read and hashed. */
export interface Part {
  /** Part number, from 1 to 10,000. */
  readonly number: number;
  readonly bytes: Buffer;
  readonly md5: Buffer;
  /** Checksum of the part in base64; undefined if none is sent. */
  readonly checksum: string | undefined;
  /** Counts the tries to send it. Default: they are not counted. */
  readonly tries?: BodyTries | undefined;
  /** Called while the part is sent, with the number of bytes since the last call. A retry sends them again. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/** A part that the store holds. */
export interface SentPart {
  readonly number: number;
  /** ETag of the part, as the store wrote it. */
  readonly etag: string;
  readonly checksum: string | undefined;
}

/** The parts and the checksum that a multipart upload is completed with. */
export interface Completion {
  /** Sent parts, in the order of their numbers. */
  readonly parts: readonly SentPart[];
  /** Checksum of the whole file's bytes in base64; undefined if the store is not asked to compare it. */
  readonly checksum: string | undefined;
}

/**
 * The requests that a multipart upload sends for one file. Each transport implements them. A wrapper between a
 * transport and {@link uploadParts} implements them by calling the next one. Every method throws StoreError.
 */
export interface PartRequests {
  /** Number of requests that were sent again so far. */
  readonly retries: number;
  /** Bytes that need not be sent again, since an earlier upload had sent them. */
  readonly resumedBytes?: number;
  /** @returns the id of the upload that the parts belong to */
  begin(): Promise<string>;
  send(uploadId: string, part: Part): Promise<SentPart>;
  /**
   * Completes the upload. Retries only if S3 itself refused it: a completion without an answer may have been executed,
   * or still be under way.
   *
   * @returns the ETag without quotes, '' if the answer's ETag was empty
   */
  complete(
    uploadId: string,
    completion: Completion,
  ): Promise<{ etag: string; versionId: string | undefined }>;
  /** Looks up the object under the key. */
  look(): Promise<ObjectState>;
  /** Aborts the upload. The end of the run does not interrupt this: parts that are left behind cost money. */
  abort(uploadId: string): Promise<void>;
  /** Whether the parts are kept for a later run after this failure. */
  keepsPartsAfter?(error: unknown): boolean;
}
