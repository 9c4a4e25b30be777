import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { S3Error } from './errors.ts';
import type { S3Request } from './request.ts';
import { parseSignature, type SignatureClaims } from './signature-parse.ts';
import { decodeComponent, encodeComponent, encodePath } from './uri.ts';

/** The only key pair that an endpoint accepts. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Token that every request must carry in `x-amz-security-token`; undefined if none is needed. */
  readonly sessionToken?: string | undefined;
}

/** A verified signature, and what is needed to check the request's body. */
export interface Signed {
  readonly claims: SignatureClaims;
  /** Value of `x-amz-content-sha256`: a digest in hex, `UNSIGNED-PAYLOAD` or one of the `STREAMING-` values. */
  readonly payloadHash: string;
  /** Derived signing key, with which the chunks of a streamed body are signed. */
  readonly signingKey: Buffer;
  /** Credentials that signed the request. */
  readonly credentials: Credentials;
}

const PAYLOAD_HASH = /^([0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/;
/** Maximum difference between the time of a signature and the clock of S3, in milliseconds. */
const SKEW_LIMIT_MS = 15 * 60_000;

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** SHA-256 of text or bytes, in hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** HMAC-SHA256 of a text, in hex. */
export function hmacHex(key: Buffer, data: string): string {
  return createHmac('sha256', key).update(data).digest('hex');
}

/** Compares two hex digests in constant time. */
export function sameSignature(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function canonicalQuery({ queryPairs }: S3Request): string {
  if (queryPairs.length === 0) return '';
  return queryPairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeComponent(name), encodeComponent(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalHeaders({ incoming }: S3Request, names: readonly string[]): string {
  const all = incoming.headersDistinct;
  return names
    .map(
      (name) => `${name}:${(all[name] ?? []).map((value) => value.trim().replace(/ +/g, ' ')).join(',')}\n`,
    )
    .join('');
}

function canonicalRequest(request: S3Request, claims: SignatureClaims, payloadHash: string): string {
  return [
    request.method,
    encodePath(decodeComponent(request.rawPath)),
    canonicalQuery(request),
    canonicalHeaders(request, claims.signedHeaders),
    claims.signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

/** S3 requires that `host` and every `x-amz-` header are signed, so that no third party can add one. */
function requireSignedHeaders({ incoming }: S3Request, { signedHeaders }: SignatureClaims): void {
  const loose = Object.keys(incoming.headers).find(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name),
  );
  if (loose === undefined) return;
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    elements: { HeadersNotSigned: loose },
  });
}

function requireInTime(claims: SignatureClaims, now: number): void {
  const { signedAt, expiresSeconds } = claims;
  if (expiresSeconds === undefined) {
    if (Math.abs(now - signedAt) > SKEW_LIMIT_MS) throw new S3Error('RequestTimeTooSkewed');
  } else if (signedAt - now > SKEW_LIMIT_MS) {
    throw new S3Error('AccessDenied', 'Request is not valid yet');
  } else if (now > signedAt + expiresSeconds * 1000) {
    throw new S3Error('AccessDenied', 'Request has expired');
  }
}

function readPayloadHash(request: S3Request, claims: SignatureClaims): string {
  const given = request.header('x-amz-content-sha256');
  if (given !== undefined) {
    if (PAYLOAD_HASH.test(given)) return given;
    throw new S3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be a valid sha256 value or one of the fixed values.',
    );
  }
  if (claims.expiresSeconds !== undefined) return 'UNSIGNED-PAYLOAD';
  throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
}

/**
 * Makes a function that verifies the signatures of requests with one key pair
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html). It caches derived signing keys.
 *
 * The function throws S3Error: InvalidAccessKeyId, InvalidToken, RequestTimeTooSkewed, AccessDenied, SignatureDoesNotMatch, or an
 * error for a malformed signature.
 */
export function createVerifier(credentials: Credentials): (request: S3Request, now: number) => Signed {
  const signingKeys = new Map<string, Buffer>();
  const signingKey = ({ date, region, service }: SignatureClaims): Buffer => {
    const name = `${date}/${region}/${service}`;
    const known = signingKeys.get(name);
    if (known !== undefined) return known;
    const ofDate = hmac(`AWS4${credentials.secretAccessKey}`, date);
    const key = hmac(hmac(hmac(ofDate, region), service), 'aws4_request');
    // There is one key per day and region. The limit is for clients that try many regions.
    if (signingKeys.size >= 64) signingKeys.clear();
    signingKeys.set(name, key);
    return key;
  };
  return (request, now) => {
    const claims = parseSignature(request);
    if (!sameSignature(credentials.accessKeyId, claims.accessKeyId)) throw new S3Error('InvalidAccessKeyId');
    if (request.header('x-amz-security-token') !== credentials.sessionToken)
      throw new S3Error('InvalidToken');
    requireInTime(claims, now);
    requireSignedHeaders(request, claims);
    const payloadHash = readPayloadHash(request, claims);
    const key = signingKey(claims);
    const digest = sha256Hex(canonicalRequest(request, claims, payloadHash));
    const toSign = ['AWS4-HMAC-SHA256', claims.timestamp, claims.scope, digest].join('\n');
    if (!sameSignature(hmacHex(key, toSign), claims.signature)) throw new S3Error('SignatureDoesNotMatch');
    return { claims, payloadHash, signingKey: key, credentials };
  };
}
