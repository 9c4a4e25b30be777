import type { RecordedRequest } from '../../../../src/s3-server/index.ts';
import type { TransportName } from './contract.ts';

/** What is about the client, the connection or the signature, and nothing that is asked for. */
const NOT_COMPARED = new Set([
  'host',
  'connection',
  'user-agent',
  'x-amz-user-agent',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'x-amz-date',
  // Over plain HTTP the SDK signs bodies; signed-http leaves that to the signed Content-MD5, but for `signPayload`.
  'x-amz-content-sha256',
]);

export interface KnownDifference {
  readonly why: string;
  readonly of: TransportName;
  readonly isIn: (request: Comparable) => boolean;
  /** What the other transport sends. */
  readonly without: (request: Comparable) => Comparable;
}

/** Each must be found by one of the tests, or it is known no more. */
export const KNOWN: readonly KnownDifference[] = [
  {
    why: 'the SDK names the operation once more, for logs',
    of: 'sdk',
    isIn: ({ query }) => query['x-id'] !== undefined,
    without: ({ query: { 'x-id': _, ...query }, ...rest }) => ({ ...rest, query }),
  },
  {
    why: 'the SDK gives every body a type; that of a part is kept nowhere',
    of: 'sdk',
    isIn: ({ operation, headers }) => operation === 'UploadPart' && 'content-type' in headers,
    without: ({ headers: { 'content-type': _, ...headers }, ...rest }) => ({ ...rest, headers }),
  },
  ...(['signed-http', 'sdk'] as const).map((of) => ({
    why: 'the same document, of which one begins with an XML declaration',
    of,
    isIn: ({ operation, headers }: Comparable) =>
      operation === 'CompleteMultipartUpload' && 'content-length' in headers,
    without: ({ headers: { 'content-length': _, ...headers }, ...rest }: Comparable) => ({
      ...rest,
      headers,
    }),
  })),
];

/** What of a request is compared. */
export type Comparable = Pick<
  RecordedRequest,
  'operation' | 'method' | 'bucket' | 'key' | 'query' | 'headers'
>;

/** What is made up by the endpoint anew each time (upload ids, the ETags of SSE-KMS) is given names that stay. */
export function comparable(request: RecordedRequest, etags: readonly string[]): Comparable {
  const { operation, method, bucket, key, query } = request;
  const headers = Object.entries(request.headers)
    .filter(([name]) => !NOT_COMPARED.has(name))
    .map(([name, value]) => [
      name,
      name === 'if-match' ? `ETag ${etags.indexOf(value.slice(1, -1))}` : value,
    ]);
  const uploadId = query.uploadId && { uploadId: 'the same' };
  return {
    operation,
    method,
    bucket,
    key,
    query: { ...query, ...uploadId },
    headers: Object.fromEntries(headers),
  };
}

/** In one order, however the parts of an upload overtake each other. */
export function sorted(requests: readonly Comparable[]): Comparable[] {
  const groups: Comparable[][] = [];
  for (const request of requests) {
    const last = groups.at(-1);
    if (request.operation === 'UploadPart' && last?.[0]?.operation === 'UploadPart') last.push(request);
    else groups.push([request]);
  }
  const number = ({ query }: Comparable) => Number(query.partNumber ?? 0);
  return groups.flatMap((group) => group.sort((a, b) => number(a) - number(b)));
}
