import type { ObjectState } from '../../proof/rules/object-state.ts';

/** A part of a file, read and hashed. */
export interface Part {
  /** From 1 to 10,000. */
  readonly number: number;
  readonly bytes: Buffer;
  readonly md5: Buffer;
  /** Base64; undefined where none is sent. */
  readonly checksum: string | undefined;
}

/** A part that the store has. */
export interface SentPart {
  readonly number: number;
  /** As the store wrote it. */
  readonly etag: string;
  readonly checksum: string | undefined;
}

/** What a multipart upload is completed with. */
export interface Completion {
  /** In the order of their numbers. */
  readonly parts: readonly SentPart[];
  /** Of the whole file's bytes, base64; undefined where the store is not asked to compare it. */
  readonly checksum: string | undefined;
}

/**
 * What is asked of a store for one file that goes up in parts. Each transport does it in its own way, and what stands
 * between a transport and {@link uploadParts} does it by asking the next one. Every method throws StoreError.
 */
export interface PartRequests {
  /** Requests that were sent again so far. */
  readonly retries: number;
  /** Bytes that need not be sent again, since an earlier upload had sent them. */
  readonly resumedBytes?: number;
  /** @returns the id of the upload that the parts belong to */
  begin(): Promise<string>;
  send(uploadId: string, part: Part): Promise<SentPart>;
  /**
   * Retries only if S3 itself refused it: a completion without an answer may have been executed, or still be under way.
   *
   * @returns the ETag without quotes, '' where the answer's was empty
   */
  complete(
    uploadId: string,
    completion: Completion,
  ): Promise<{ etag: string; versionId: string | undefined }>;
  /** What is under the key now. */
  look(): Promise<ObjectState>;
  /** Never cut short by the run's end: parts that are left behind are billed. */
  abort(uploadId: string): Promise<void>;
  /** Whether the parts are left where they are after this failure, for a later run. */
  keepsPartsAfter?(error: unknown): boolean;
}
