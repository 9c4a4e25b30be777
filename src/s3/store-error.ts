import { BackupError, type FatalCode, messageOf, systemCode } from '../core/errors.ts';
import { EXPIRED } from './error-codes.ts';

/** A request to the store that failed for good. It contains nothing of the request: the SDK's errors carry access keys. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** S3's error code, a network error's code, or the SDK's name for it. */
  readonly code: string;
  /** HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /** Requests made, retries included. */
  readonly attempts: number;

  constructor(code: string, message: string, status: number | undefined, attempts: number) {
    super(message);
    this.code = code;
    this.status = status;
    this.attempts = attempts;
  }
}

/** Whether the store answered that what was asked for is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof StoreError && error.status === 404;
}

interface SdkError {
  readonly name?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

interface Refusal {
  readonly operation: string;
  /** Error code; undefined if the answer had none, so that its status tells. */
  readonly code: string | undefined;
  /** Text of the error beside the code. */
  readonly text: string;
  readonly status?: number | undefined;
  readonly attempts?: number | undefined;
}

/** @param operation Name of the operation in S3's API, for the message: `PutObject`. */
export function storeErrorOf({ operation, code, text, status, attempts = 1 }: Refusal): StoreError {
  // Only a proxy answers with 407, whatever its body says.
  const known = status === 407 ? 'ProxyRefused' : (code ?? codeOfStatus(status ?? 0));
  const answered = status === undefined ? '' : ` (HTTP ${status})`;
  const detail = text === known || text === '' || text === 'UnknownError' ? '' : `: ${text}`;
  // No request was sent, so its name would explain nothing.
  const what = known === 'CredentialsProviderError' ? 'no credentials' : `${operation}: ${known}${answered}`;
  return new StoreError(known, `${what}${detail}`, status, attempts);
}

/** Converts an error of the SDK into a StoreError. */
export function storeErrorFrom(error: unknown, operation: string): StoreError {
  if (error instanceof StoreError) return error;
  const sdk = error as SdkError;
  const status = sdk.$metadata?.httpStatusCode;
  return storeErrorOf({
    operation,
    code: codeOf(error, status),
    text: messageOf(error),
    status,
    attempts: sdk.$metadata?.attempts,
  });
}

/**
 * Codes for the status of a refused HEAD. Its answer has no body, so the SDK knows only the status and calls most of
 * them Unknown.
 */
const HEAD_CODES: Record<number, string> = {
  301: 'PermanentRedirect',
  307: 'TemporaryRedirect',
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
};

function codeOfStatus(status: number): string {
  return HEAD_CODES[status] ?? `Http${status}`;
}

/** Codes of Node's own HTTP parser for answers that exceed its limits. */
const TOO_LARGE: ReadonlySet<string> = new Set(['HPE_HEADER_OVERFLOW', 'HPE_CHUNK_EXTENSIONS_OVERFLOW']);

function codeOf(error: unknown, status: number | undefined): string {
  const { name, Code } = error as SdkError;
  const known = systemCode(error) ?? Code ?? name ?? 'Error';
  if (TOO_LARGE.has(known)) return 'AnswerTooLarge';
  const vague =
    known === 'Unknown' || known === 'UnknownError' || known === 'NotFound' || /^\d+$/.test(known);
  return vague && status !== undefined ? codeOfStatus(status) : known;
}

/** Codes after which no further file can succeed. AccessDenied is not here: it may concern one key only. */
const FATAL: Record<string, FatalCode> = {
  CredentialsProviderError: 'NO_CREDENTIALS',
  InvalidAccessKeyId: 'BAD_ACCESS_KEY',
  SignatureDoesNotMatch: 'BAD_SECRET_KEY',
  ...Object.fromEntries([...EXPIRED].map((code) => [code, 'EXPIRED_TOKEN' as const])),
  RequestTimeTooSkewed: 'CLOCK_SKEW',
  EndpointLost: 'ENDPOINT_LOST',
  ProxyRefused: 'PROXY_REFUSED',
  NoSuchBucket: 'BUCKET_NOT_FOUND',
  PermanentRedirect: 'BUCKET_ELSEWHERE',
  TemporaryRedirect: 'BUCKET_ELSEWHERE',
  AuthorizationHeaderMalformed: 'BUCKET_ELSEWHERE',
  IllegalLocationConstraintException: 'BUCKET_ELSEWHERE',
};

const HINTS: Partial<Record<FatalCode, string>> = {
  NO_CREDENTIALS:
    'Set `credentials`, or `profile` to a profile of ~/.aws that has keys, or run where a role provides them.',
  BAD_ACCESS_KEY:
    'The store does not know this access key: check `accessKeyId` and that it is for this endpoint.',
  BAD_SECRET_KEY: 'The secret key does not belong to the access key: check `secretAccessKey`.',
  EXPIRED_TOKEN: 'The session token has expired or is not valid: sign in again or renew it.',
  CLOCK_SKEW: "This machine's clock is more than 15 minutes off: synchronise it (NTP).",
  ENDPOINT_LOST:
    'Files that were not yet proved are still here. Run it again when the endpoint is back; `maxOutageSeconds` makes it wait longer.',
  PROXY_REFUSED:
    'Put user and password into HTTPS_PROXY or HTTP_PROXY (http://user:password@host:port), have the proxy allow the ' +
    'endpoint, or name the endpoint in NO_PROXY.',
  BUCKET_NOT_FOUND: 'Check `bucket` and `endpointUrl`; this program never creates a bucket.',
  BUCKET_ELSEWHERE:
    "Set `region` to the bucket's own region. A bucket that was just created may answer so for some hours.",
};

/** The error that ends the run, if this error means that no further file can succeed; otherwise undefined. */
export function fatalFrom(error: StoreError, bucket: string): BackupError | undefined {
  const code = FATAL[error.code];
  if (code === undefined) return undefined;
  const hint = HINTS[code];
  return new BackupError(code, `Bucket ${bucket}: ${error.message}`, hint === undefined ? {} : { hint });
}
