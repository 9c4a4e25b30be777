import type { Lease } from '../core/memory-budget.ts';
import type { ProofKind } from '../core/outcomes.ts';
import type { Missing } from './item.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** Content of an object in memory. The lease must be released when the bytes are not needed any more. */
export interface BytesBody {
  readonly bytes: Buffer;
  readonly lease: Lease;
}

/** Content that was read and proved. */
export interface FetchedContent {
  /** The content: in memory, or in a temporary file. */
  readonly body: BytesBody | { readonly temporary: TemporaryFile };
  readonly etag: string | undefined;
  /** Size in bytes. */
  readonly size: number;
  /** User metadata by lower-case name, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** MD5 of the whole content, in hex; undefined if its proof needed none. */
  readonly md5: string | undefined;
  /** Undefined if there is no proof and none is required. */
  readonly proof: ProofKind | undefined;
  /** Why there is no proof; undefined if there is one. */
  readonly unproved?: string | undefined;
  /** Number of times that the content was read. */
  readonly attempts: number;
  /** Bytes of an earlier run's partial file, which were not downloaded again. */
  readonly resumedBytes: number;
  /** Time that reading and proving the content took, retries included. */
  readonly seconds?: number | undefined;
}

/** A missing object whose content was read and proved. */
export type Fetched = Missing & FetchedContent;
