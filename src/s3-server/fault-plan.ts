import type { Operation } from './operations.ts';

/** The request that a fault is about to strike. */
export interface FaultTarget {
  readonly operation: Operation;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/**
 * What goes wrong. Unless it says otherwise, a fault replaces the operation: nothing is stored or deleted.
 */
export type FaultAction =
  /** An error answer, with any status and code; the request's body is read first. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Status 200 with an error document, as S3 may answer completions and copies. */
  | { readonly kind: 'error-in-200'; readonly code: string; readonly message?: string }
  /** Waits, then goes on; further plans may strike the same request. */
  | { readonly kind: 'delay'; readonly ms: number }
  /**
   * Runs the test's own code, then goes on, or answers InternalError if it throws; further plans may strike
   * too.
   */
  | { readonly kind: 'call'; readonly run: (target: FaultTarget) => void | Promise<void> }
  /** Resets the connection when so many bytes of the body have arrived, at its end if it is shorter. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /**
   * Performs, then resets the connection when so many bytes of the answer's body have been sent: always
   * before the last one, and before the head of an answer without a body.
   */
  | { readonly kind: 'reset-response'; readonly afterBytes: number }
  /** Reads the body and never answers. */
  | { readonly kind: 'stall' }
  /** Performs rightly, but every ETag of the answer is a wrong one. */
  | { readonly kind: 'wrong-etag' }
  /** Performs rightly, but every checksum in the answer's headers is a wrong one. */
  | { readonly kind: 'wrong-checksum' }
  /** Performs, and stores and answers an ETag that is no digest, as KMS or R2's multipart do. */
  | { readonly kind: 'random-etag' }
  /** Performs and answers rightly, but the first stored byte is not the one that was sent; needs a body. */
  | { readonly kind: 'flip-byte' }
  /** Answers rightly, and stores or deletes nothing; what was there before stays. */
  | { readonly kind: 'vanish' }
  /** Performs, then closes the connection without an answer. */
  | { readonly kind: 'lost-answer' }
  /** Closes the connection without an answer, and performs this many milliseconds later. */
  | { readonly kind: 'late'; readonly ms: number }
  /**
   * Begins a 200 at once, writes a space every 50 ms for this many milliseconds, then performs and ends the answer, with an
   * error document if that fails. S3 answers long completions so. Only for operations that answer with a document.
   */
  | { readonly kind: 'spaces'; readonly ms: number }
  /** Status 200 with a web page, as captive portals and misconfigured proxies answer. */
  | { readonly kind: 'html-200' }
  /** A web page with any status, as gateways answer. */
  | { readonly kind: 'page'; readonly status: number }
  /** Status 204 without a body or an ETag. */
  | { readonly kind: 'no-etag-204' };

/** When something goes wrong, and what. Requests that fail authentication are never struck. */
export interface FaultPlan {
  /** The operations struck; `*` for all. */
  readonly operation: Operation | readonly Operation[] | '*';
  /** Only requests at this bucket. Default: all. */
  readonly bucket?: string;
  /** Only requests at this key, or at keys that match. Default: all. */
  readonly key?: string | RegExp;
  /** How often it strikes at most. Default 1; with a `probability` unlimited. */
  readonly times?: number;
  /** How many matching requests pass first. Default 0. */
  readonly skip?: number;
  /** Chance of each matching request to be struck, 0 to 1. Default 1. */
  readonly probability?: number;
  /** Starts the random numbers of `probability`: equal seeds strike the same matching requests. Default 1. */
  readonly seed?: number;
  readonly do: FaultAction;
}

/** Whether a plan is about this request, its counters aside. */
export function matchesTarget({ operation, bucket, key }: FaultPlan, target: FaultTarget): boolean {
  const operations = typeof operation === 'string' ? [operation] : operation;
  if (!operations.some((name) => name === '*' || name === target.operation)) return false;
  if (bucket !== undefined && bucket !== target.bucket) return false;
  if (key === undefined) return true;
  if (target.key === undefined) return false;
  return typeof key === 'string' ? key === target.key : target.key.search(key) >= 0;
}

/** A plan in one line, for messages. */
export function describePlan({ operation, key, do: action }: FaultPlan): string {
  const operations = typeof operation === 'string' ? operation : operation.join('|');
  return `${action.kind} at ${operations}${key === undefined ? '' : ` of ${key}`}`;
}
