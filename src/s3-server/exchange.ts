import type { Bucket } from './bucket.ts';
import { S3Error } from './errors.ts';
import type { Reply } from './reply.ts';
import type { S3Request } from './request.ts';
import type { Signed } from './signature.ts';
import type { Store } from './store.ts';

/** How a planned fault spoils what a write leaves behind, while the answer looks right. */
export type StorageFault = 'random-etag' | 'flip-byte' | 'vanish';

/** One authenticated request, as the operations see it. */
export interface Exchange {
  readonly request: S3Request;
  readonly signed: Signed;
  /** The raw body; reading it sends `100 Continue` to a client that waits for it. */
  readonly source: AsyncIterable<Buffer>;
  readonly store: Store;
  /** The endpoint's own region. */
  readonly region: string;
  /** Most entries of one page of a listing. */
  readonly pageLimit: number;
  /** Fewest bytes of a part that is not the last. */
  readonly minPartBytes: number;
  readonly storageFault: StorageFault | undefined;
}

/** Performs one operation. */
export type Handler = (exchange: Exchange) => Reply | Promise<Reply>;

/** @throws {S3Error} NoSuchBucket. */
export function bucketOf({ store, request }: Exchange): Bucket {
  return store.require(request.bucket ?? '');
}

/** The key of a request that the router has sent to an object's operation. */
export function keyOf({ request }: Exchange): string {
  if (request.key === undefined) throw new S3Error('MethodNotAllowed');
  return request.key;
}

/** @throws {S3Error} InvalidArgument when the query lacks it. */
export function requireQuery({ request }: Exchange, name: string): string {
  const value = request.query.get(name);
  if (value === undefined || value === '')
    throw new S3Error('InvalidArgument', `Missing query parameter ${name}`);
  return value;
}

/**
 * A whole number in the query.
 *
 * @throws {S3Error} InvalidArgument when it is not between `minimum` and `maximum`.
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
