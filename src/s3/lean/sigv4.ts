import { createHmac, hash } from 'node:crypto';
import type { Credentials } from '../store-types.ts';

/** A body that is not signed: TLS, or the signed Content-MD5, protects it. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const EMPTY_SHA256 = hash('sha256', '', 'hex');

/** What is signed of a request. */
export interface SignedRequest {
  readonly method: string;
  /** Encoded, with a leading slash. */
  readonly path: string;
  /** Encoded, with the names in order; '' where there is none. */
  readonly query: string;
  /** Every header that is sent, `host` and `x-amz-*` included. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

/**
 * Signs S3 requests by SigV4 in an Authorization header
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). A signature takes about 5 µs, with the
 * key of the day kept; the SDK's middleware, of which signing is a part, takes 600 and more for a request.
 */
export class Signer {
  readonly #region: string;
  #key: { readonly of: string; readonly bytes: Buffer } | undefined;

  constructor(region: string) {
    this.#region = region;
  }

  /** @param timestamp As in `x-amz-date`: `20261124T130000Z`. @returns the Authorization header */
  sign(request: SignedRequest, credentials: Credentials, timestamp: string): string {
    const { method, path, query, headers, payloadHash } = request;
    const names = Object.keys(headers).sort();
    const signed = names.join(';');
    let canonical = `${method}\n${path}\n${query}\n`;
    for (const name of names) canonical += `${name}:${trimmed(headers[name] ?? '')}\n`;
    canonical += `\n${signed}\n${payloadHash}`;
    const day = timestamp.slice(0, 8);
    const scope = `${day}/${this.#region}/s3/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = createHmac('sha256', this.#keyFor(credentials, day)).update(toSign).digest('hex');
    return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  }

  #keyFor({ secretAccessKey }: Credentials, day: string): Buffer {
    const of = `${day}${secretAccessKey}`;
    if (this.#key?.of !== of) this.#key = { of, bytes: signingKey(secretAccessKey, day, this.#region) };
    return this.#key.bytes;
  }
}

function signingKey(secret: string, day: string, region: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [day, region, 's3', 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest();
  return key;
}

/** Header values are signed with runs of spaces as one. */
function trimmed(value: string): string {
  return value.includes('  ') ? value.replace(/ {2,}/g, ' ') : value;
}

/** `20261124T130000Z` */
export function timestampOf(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, '');
}
