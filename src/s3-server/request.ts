import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.ts';
import { decodeComponent, parseQuery } from './uri.ts';

/** S3's limit for a key, in bytes of UTF-8. */
const KEY_LIMIT_BYTES = 1024;
const VIRTUAL_HOST_SUFFIX = '.localhost';

/** A parsed request: bucket, key, query and headers, for both addressing styles. */
export interface S3Request {
  readonly method: string;
  /** Undefined for requests to the service itself (ListBuckets). */
  readonly bucket: string | undefined;
  /** Undefined for requests to a bucket; never empty. */
  readonly key: string | undefined;
  /** Path as sent: percent-encoded, without the query. */
  readonly rawPath: string;
  /** Decoded query parameters, in the order sent. */
  readonly queryPairs: readonly (readonly [name: string, value: string])[];
  /** Decoded query parameters; of a repeated name the last value. */
  readonly query: ReadonlyMap<string, string>;
  readonly incoming: IncomingMessage;
  /**
   * Returns the value of a header by its lower-case name. In a presigned request `x-amz-*` headers are also looked up in the
   * query, since signers move them there.
   */
  header(name: string): string | undefined;
}

function splitHost(incoming: IncomingMessage): string | undefined {
  const host = (incoming.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return host.endsWith(VIRTUAL_HOST_SUFFIX) ? host.slice(0, -VIRTUAL_HOST_SUFFIX.length) : undefined;
}

function splitPath(path: string): [bucket: string, key: string] {
  const slash = path.indexOf('/', 1);
  return slash < 0 ? [path.slice(1), ''] : [path.slice(1, slash), path.slice(slash + 1)];
}

/**
 * Parses the request line and the Host header. `bucket.localhost` is virtual-hosted style, every other host path style.
 *
 * @throws {S3Error} InvalidURI, KeyTooLongError.
 */
export function parseRequest(incoming: IncomingMessage): S3Request {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const queryPairs = mark < 0 ? [] : parseQuery(url.slice(mark + 1));
  const query = new Map(queryPairs);
  const hosted = splitHost(incoming);
  const [bucket, rawKey] = hosted === undefined ? splitPath(rawPath) : [hosted, rawPath.slice(1)];
  const key = decodeComponent(rawKey);
  if (Buffer.byteLength(key) > KEY_LIMIT_BYTES) throw new S3Error('KeyTooLongError');
  const hoisted = query.has('X-Amz-Signature')
    ? new Map(queryPairs.map(([name, value]) => [name.toLowerCase(), value]))
    : undefined;
  return {
    method: incoming.method ?? 'GET',
    bucket: bucket === '' ? undefined : decodeComponent(bucket),
    key: key === '' ? undefined : key,
    rawPath,
    queryPairs,
    query,
    incoming,
    header(name) {
      const value = incoming.headers[name];
      if (value !== undefined) return Array.isArray(value) ? value.join(',') : value;
      return name.startsWith('x-amz-') ? hoisted?.get(name) : undefined;
    },
  };
}
