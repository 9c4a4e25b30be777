import { serviceOf } from './directory-bucket-name.ts';
import { S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** S3's limit for the validity of a presigned URL, in seconds: one week. */
const LONGEST_EXPIRY_SECONDS = 604_800;

/** Contents of a SigV4 signature, parsed but not verified. */
export interface SignatureClaims {
  readonly accessKeyId: string;
  /** Date of the credential scope: `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  /** `s3`, or `s3express` for a directory bucket. */
  readonly service: string;
  /** Credential scope without the access key. */
  readonly scope: string;
  /** Names of the signed headers in lower case, in the order given. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Time of the signature: `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  /** Time of the signature in milliseconds since 1970. */
  readonly signedAt: number;
  /** Validity of a presigned URL in seconds; undefined if the signature is in the Authorization header. */
  readonly expiresSeconds: number | undefined;
}

type MalformedCode = 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError';

function parseTimestamp(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function parseCredential(request: S3Request, credential: string, timestamp: string, code: MalformedCode) {
  const expected = serviceOf(request);
  const fields = credential.split('/');
  const [date, region, service, terminator] = fields.slice(-4);
  const accessKeyId = fields.slice(0, -4).join('/');
  if (!accessKeyId || !date || !region || service !== expected || terminator !== 'aws4_request') {
    throw new S3Error(
      code,
      `the Credential is mal-formed; expecting "<KEY>/YYYYMMDD/REGION/${expected}/aws4_request".`,
    );
  }
  if (!timestamp.startsWith(date))
    throw new S3Error(code, 'The date of the credential scope is not that of the request.');
  return { accessKeyId, date, region, service, scope: `${date}/${region}/${service}/aws4_request` };
}

function fromHeader(request: S3Request, authorization: string): SignatureClaims {
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    throw new S3Error(
      'InvalidRequest',
      `The authorization mechanism is not supported. Please use ${ALGORITHM}.`,
    );
  }
  const fields = new Map(
    authorization
      .slice(ALGORITHM.length + 1)
      .split(',')
      .map((field) => {
        const equals = field.indexOf('=');
        return [field.slice(0, equals).trim(), field.slice(equals + 1).trim()] as const;
      }),
  );
  const [credential, names, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) =>
    fields.get(name),
  );
  if (!credential || !names || !signature) throw new S3Error('AuthorizationHeaderMalformed');
  const dateHeader = request.header('x-amz-date');
  const signedAt =
    dateHeader === undefined ? Date.parse(request.header('date') ?? '') : parseTimestamp(dateHeader);
  if (Number.isNaN(signedAt)) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  const timestamp = dateHeader ?? `${new Date(signedAt).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  return {
    ...parseCredential(request, credential, timestamp, 'AuthorizationHeaderMalformed'),
    signedHeaders: names.split(';'),
    signature,
    timestamp,
    signedAt,
    expiresSeconds: undefined,
  };
}

function fromQuery(request: S3Request): SignatureClaims {
  const { query } = request;
  const code = 'AuthorizationQueryParametersError';
  const [algorithm, credential, timestamp, expires, names, signature] = [
    'Algorithm',
    'Credential',
    'Date',
    'Expires',
    'SignedHeaders',
    'Signature',
  ].map((name) => query.get(`X-Amz-${name}`));
  if (!algorithm || !credential || !timestamp || !expires || !names || !signature) {
    throw new S3Error(code, 'Query-string authentication needs all six X-Amz- parameters.');
  }
  if (algorithm !== ALGORITHM) throw new S3Error(code, `X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const signedAt = parseTimestamp(timestamp);
  const expiresSeconds = /^\d+$/.test(expires) ? Number(expires) : Number.NaN;
  if (Number.isNaN(signedAt))
    throw new S3Error(code, 'X-Amz-Date must be in the ISO8601 format "yyyyMMddTHHmmssZ"');
  if (!(expiresSeconds > 0 && expiresSeconds <= LONGEST_EXPIRY_SECONDS)) {
    throw new S3Error(code, 'X-Amz-Expires must be between 1 second and a week');
  }
  return {
    ...parseCredential(request, credential, timestamp, code),
    signedHeaders: names.split(';'),
    signature,
    timestamp,
    signedAt,
    expiresSeconds,
  };
}

/**
 * Parses the signature in the Authorization header or in the query of a presigned URL.
 *
 * @throws {S3Error} AccessDenied for an anonymous request; InvalidRequest, AuthorizationHeaderMalformed or
 * AuthorizationQueryParametersError for a malformed signature.
 */
export function parseSignature(request: S3Request): SignatureClaims {
  const authorization = request.incoming.headers.authorization;
  if (authorization !== undefined) return fromHeader(request, authorization);
  if (request.query.has('X-Amz-Algorithm') || request.query.has('X-Amz-Signature')) return fromQuery(request);
  throw new S3Error('AccessDenied');
}
