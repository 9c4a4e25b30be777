import { createHmac, hash } from 'node:crypto';
import type { Credentials } from '../store-types.ts';

/** Payload hash of a body that is not signed: TLS, or the signed Content-MD5, protects it. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const EMPTY_SHA256 = hash('sha256', '', 'hex');

/** The parts of a request that are signed. */
export interface SignedRequest {
  readonly method: string;
  /** Encoded path, with a leading slash. */
  readonly path: string;
  /** Encoded query, with the names in order; '' if there is none. */
  readonly query: string;
  /** Every header that is sent, `host` and `x-amz-*` included. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

/** Header names in the order in which they are signed, and as the signature names them. */
interface Order {
  readonly names: readonly string[];
  readonly signed: string;
}

/**
 * Signs S3 requests by SigV4 in an Authorization header
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). The key of the day is cached; the
 * SDK's middleware takes more than a hundred times as long (docs/performance.md).
 */
export class Signer {
  readonly #region: string;
  #key: { readonly of: string; readonly hmac: Hmac256; readonly scope: string } | undefined;
  readonly #orders = new Map<string, Order>();

  constructor(region: string) {
    this.#region = region;
  }

  /** @param timestamp Time as in `x-amz-date`: `20261124T130000Z`. @returns the Authorization header */
  sign(request: SignedRequest, credentials: Credentials, timestamp: string): string {
    const { method, path, query, headers, payloadHash } = request;
    const { names, signed } = this.#orderOf(headers);
    let canonical = `${method}\n${path}\n${query}\n`;
    for (const name of names) canonical += `${name}:${trimmed(headers[name] ?? '')}\n`;
    canonical += `\n${signed}\n${payloadHash}`;
    const { hmac, scope } = this.#keyFor(credentials, timestamp.slice(0, 8));
    const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${hmac.hex(toSign)}`;
  }

  /** Order of the headers, cached: requests of one kind have the same headers, so few orders are ever made. */
  #orderOf(headers: Readonly<Record<string, string>>): Order {
    let given = '';
    for (const name in headers) given += `${name};`;
    const known = this.#orders.get(given);
    if (known) return known;
    const names = Object.keys(headers).sort();
    const order = { names, signed: names.join(';') };
    this.#orders.set(given, order);
    return order;
  }

  #keyFor({ secretAccessKey }: Credentials, day: string) {
    const of = `${day}${secretAccessKey}`;
    if (this.#key?.of === of) return this.#key;
    let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
    for (const part of [day, this.#region, 's3', 'aws4_request'])
      key = createHmac('sha256', key).update(part).digest();
    this.#key = { of, hmac: new Hmac256(key), scope: `${day}/${this.#region}/s3/aws4_request` };
    return this.#key;
  }
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/**
 * HMAC-SHA-256 of short texts under one key (https://www.rfc-editor.org/rfc/rfc2104), made from two one-shot hashes:
 * createHmac makes a stream for each text, which takes three times as long.
 */
export class Hmac256 {
  readonly #inner = Buffer.alloc(BLOCK_BYTES + 512);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  /** @param key At most 64 bytes. */
  constructor(key: Buffer) {
    for (let at = 0; at < BLOCK_BYTES; at += 1) {
      this.#inner[at] = (key[at] ?? 0) ^ 0x36;
      this.#outer[at] = (key[at] ?? 0) ^ 0x5c;
    }
  }

  /** @param text ASCII, at most 512 characters. */
  hex(text: string): string {
    const end = BLOCK_BYTES + this.#inner.write(text, BLOCK_BYTES, 'latin1');
    hash('sha256', this.#inner.subarray(0, end), 'buffer').copy(this.#outer, BLOCK_BYTES);
    return hash('sha256', this.#outer, 'hex');
  }
}

/** Normalises a header value as it is signed: without spaces around it, and with each run of spaces as one. */
function trimmed(value: string): string {
  return /^\s|\s\s|\s$/.test(value) ? value.trim().replace(/\s+/g, ' ') : value;
}

/** Formats milliseconds since 1970 as `20261124T130000Z`. */
export function timestampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
