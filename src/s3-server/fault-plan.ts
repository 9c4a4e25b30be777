import type { Operation } from './operations.ts';

/** The request for which a planned fault is about to happen. */
export interface FaultTarget {
  readonly operation: Operation;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/** What goes wrong. Unless its comment says otherwise, a fault replaces the operation: nothing is stored or deleted. */
export type FaultAction =
  /** Reads the request's body, then answers with an error of any status and code. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Answers 200 with an error document, as S3 may do for completions and copies. */
  | { readonly kind: 'error-in-200'; readonly code: string; readonly message?: string }
  /** Waits for `ms` milliseconds, then continues. Further plans may apply to the same request. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Calls `run`, then continues; answers InternalError if it throws. Further plans may apply to the same request. */
  | { readonly kind: 'call'; readonly run: (target: FaultTarget) => void | Promise<void> }
  /** Resets the connection when `afterBytes` bytes of the request's body have arrived, or at its end if it is shorter. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /**
   * Performs the operation, then resets the connection when `afterBytes` bytes of the answer's body have been sent, or when only
   * its last byte is left. Sends nothing of an answer without a body.
   */
  | { readonly kind: 'reset-response'; readonly afterBytes: number }
  /** Reads the body and never answers. */
  | { readonly kind: 'stall' }
  /** Performs the operation correctly, but every ETag in the answer is wrong. */
  | { readonly kind: 'wrong-etag' }
  /** Performs the operation correctly, but every checksum in the answer's headers is wrong. */
  | { readonly kind: 'wrong-checksum' }
  /** Performs the operation with an ETag that is not a digest, as with KMS and for R2's multipart uploads. */
  | { readonly kind: 'random-etag' }
  /** Performs the operation and answers correctly, but damages the first stored byte. Needs a body. */
  | { readonly kind: 'flip-byte' }
  /** Answers correctly, but stores or deletes nothing. */
  | { readonly kind: 'vanish' }
  /** Performs the operation, then closes the connection without an answer. */
  | { readonly kind: 'lost-answer' }
  /** Closes the connection without an answer, and performs the operation `ms` milliseconds later. */
  | { readonly kind: 'late'; readonly ms: number }
  /**
   * Begins an answer with status 200, writes a space every 50 ms for `ms` milliseconds, then performs the operation and ends the
   * answer, with an error document if it fails. S3 answers long completions in this way (CompleteMultipartUpload). Only for
   * operations that answer with a document.
   */
  | { readonly kind: 'spaces'; readonly ms: number }
  /** Answers 200 with a web page, as captive portals and misconfigured proxies do. */
  | { readonly kind: 'html-200' }
  /** Answers with a web page of any status, as gateways do. */
  | { readonly kind: 'page'; readonly status: number }
  /** Answers 204 without a body and without an ETag. */
  | { readonly kind: 'no-etag-204' };

/** A planned fault: what goes wrong, and for which requests. Requests that fail authentication do not count. */
export interface FaultPlan {
  /** Operations that fail; `*` for all. */
  readonly operation: Operation | readonly Operation[] | '*';
  /** Only requests for this bucket. Default: all. */
  readonly bucket?: string;
  /** Only requests for this key, or for keys that match. Default: all. */
  readonly key?: string | RegExp;
  /** Maximum number of requests that fail. Default 1; unlimited if `probability` is set. */
  readonly times?: number;
  /** Number of matching requests that pass first. Default 0. */
  readonly skip?: number;
  /** Probability that a matching request fails, 0 to 1. Default 1. */
  readonly probability?: number;
  /** Seed of the random numbers for `probability`: with equal seeds the same requests fail. Default 1. */
  readonly seed?: number;
  readonly do: FaultAction;
}

/** Whether a plan matches a request by operation, bucket and key. */
export function matchesTarget({ operation, bucket, key }: FaultPlan, target: FaultTarget): boolean {
  const operations = typeof operation === 'string' ? [operation] : operation;
  if (!operations.some((name) => name === '*' || name === target.operation)) return false;
  if (bucket !== undefined && bucket !== target.bucket) return false;
  if (key === undefined) return true;
  if (target.key === undefined) return false;
  return typeof key === 'string' ? key === target.key : target.key.search(key) >= 0;
}

/** Describes a plan in one line, for messages. */
export function describePlan({ operation, key, do: action }: FaultPlan): string {
  const operations = typeof operation === 'string' ? operation : operation.join('|');
  return `${action.kind} at ${operations}${key === undefined ? '' : ` of ${key}`}`;
}
