import type { Bucket } from './bucket.ts';
import { S3Error } from './errors.ts';
import type { Reply } from './reply.ts';
import type { S3Request } from './request.ts';
import type { Signed } from './signature.ts';
import type { Store } from './store.ts';

/** Planned faults that damage what a write stores although its answer looks right. See {@link FaultAction}. */
export type StorageFault = 'random-etag' | 'flip-byte' | 'vanish';

/** One authenticated request with its context, as the operations get it. */
export interface Exchange {
  readonly request: S3Request;
  readonly signed: Signed;
  /** The raw body; reading it sends `100 Continue` to a client that waits for it. */
  readonly source: AsyncIterable<Buffer>;
  readonly store: Store;
  /** Region of the endpoint. */
  readonly region: string;
  /** Maximum number of entries on a page of a listing. */
  readonly pageLimit: number;
  /** Minimum size of a part that is not the last, in bytes. */
  readonly minPartBytes: number;
  /** Undefined if no such fault is planned for this request. */
  readonly storageFault: StorageFault | undefined;
}

/** Performs one operation of the S3 API. Throws S3Error for a refusal. */
export type Handler = (exchange: Exchange) => Reply | Promise<Reply>;

/** Bucket of a request. @throws {S3Error} NoSuchBucket. */
export function bucketOf({ store, request }: Exchange): Bucket {
  return store.require(request.bucket ?? '');
}

/** Key of a request for an object. @throws {S3Error} MethodNotAllowed if it has none. */
export function keyOf({ request }: Exchange): string {
  if (request.key === undefined) throw new S3Error('MethodNotAllowed');
  return request.key;
}

/** Value of a required query parameter. @throws {S3Error} InvalidArgument if it is missing or empty. */
export function requireQuery({ request }: Exchange, name: string): string {
  const value = request.query.get(name);
  if (value === undefined || value === '')
    throw new S3Error('InvalidArgument', `Missing query parameter ${name}`);
  return value;
}

/**
 * Value of a query parameter that is a whole number; undefined if it is missing or empty.
 *
 * @param minimum Default 0.
 * @param maximum Default 2³¹ - 1.
 * @throws {S3Error} InvalidArgument if it is not between `minimum` and `maximum`.
 */
export function numberInQuery(
  { request }: Exchange,
  name: string,
  { minimum = 0, maximum = 2 ** 31 - 1 }: { minimum?: number; maximum?: number } = {},
): number | undefined {
  const text = request.query.get(name);
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= minimum && value <= maximum)) {
    throw new S3Error(
      'InvalidArgument',
      `Argument ${name} must be an integer between ${minimum} and ${maximum}`,
    );
  }
  return value;
}
