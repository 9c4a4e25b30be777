import type { Operation } from './operations.ts';
import type { S3Request } from './request.ts';

/** A recorded request. */
export interface RecordedRequest {
  /** Undefined for a request that is not an operation of this endpoint. */
  readonly operation: Operation | undefined;
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Decoded query parameters, without signatures and credentials. */
  readonly query: Readonly<Record<string, string>>;
  /** Header values by lower-case name, without signatures, tokens and keys. */
  readonly headers: Readonly<Record<string, string>>;
  /** HTTP status of the answer; 0 until it has been sent, and if the connection was cut. */
  readonly status: number;
  /** Number of received body bytes, including framing. */
  readonly bodyBytes: number;
  /** When the request arrived, in milliseconds since 1970. */
  readonly startedAt: number;
}

/** A recorded request that the endpoint is still filling in. */
export type MutableRecord = { -readonly [Name in keyof RecordedRequest]: RecordedRequest[Name] };

/** Recorded requests in the order of their arrival. A request whose address cannot be parsed is not recorded. */
export interface RequestLog extends ReadonlyArray<RecordedRequest> {
  /** Returns the requests of the given operations. */
  of(...operations: readonly Operation[]): RecordedRequest[];
  /** Removes all requests. */
  clear(): void;
}

/** Maximum number of recorded requests. When it is reached, the oldest tenth is removed. */
const LOG_LIMIT = 100_000;
const SECRET = /^(authorization|.*security-token|.*session-token|.*signature|.*credential|.*customer-key)$/i;

function withoutSecrets(
  pairs: Iterable<readonly [string, string | string[] | undefined]>,
): Record<string, string> {
  const kept: [string, string][] = [];
  for (const [name, value] of pairs) {
    if (value !== undefined && !SECRET.test(name))
      kept.push([name, Array.isArray(value) ? value.join(',') : value]);
  }
  return Object.fromEntries(kept);
}

/** Makes the record of a request that has just arrived. */
export function recordOf(request: S3Request, operation: Operation | undefined): MutableRecord {
  return {
    operation,
    method: request.method,
    bucket: request.bucket,
    key: request.key,
    query: withoutSecrets(request.query),
    headers: withoutSecrets(Object.entries(request.incoming.headers)),
    status: 0,
    bodyBytes: 0,
    startedAt: Date.now(),
  };
}

/** Makes an empty log and a function that adds to it. */
export function createRequestLog(): {
  readonly log: RequestLog;
  readonly add: (record: RecordedRequest) => void;
} {
  const records: RecordedRequest[] = [];
  const log = Object.defineProperties(records, {
    of: {
      value: (...operations: readonly (Operation | undefined)[]) =>
        records.filter(({ operation }) => operations.includes(operation)),
    },
    clear: { value: () => records.splice(0) },
  }) as unknown as RequestLog;
  const add = (record: RecordedRequest): void => {
    if (records.length >= LOG_LIMIT) records.splice(0, LOG_LIMIT / 10);
    records.push(record);
  };
  return { log, add };
}
