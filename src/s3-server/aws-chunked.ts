import { createHash, type Hash } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import { S3Error } from './errors.ts';
import { hmacHex, type Signed, sameSignature, sha256Hex } from './signature.ts';

const EMPTY_SHA256 = sha256Hex('');
const LINE_LIMIT_BYTES = 1024;
const TRAILER_LIMIT = 16;

/** Verifies the signatures of the chunks of one body. Each covers the one before it, and the first covers the request's. */
class SignatureChain {
  readonly #signed: Signed;
  #previous: string;

  constructor(signed: Signed) {
    this.#signed = signed;
    this.#previous = signed.claims.signature;
  }

  #check(kind: string, given: string | undefined, hashes: readonly string[]): void {
    const { claims, signingKey } = this.#signed;
    const toSign = [kind, claims.timestamp, claims.scope, this.#previous, ...hashes].join('\n');
    const expected = hmacHex(signingKey, toSign);
    if (given === undefined || !sameSignature(expected, given)) throw new S3Error('SignatureDoesNotMatch');
    this.#previous = expected;
  }

  chunk(given: string | undefined, hash: Hash): void {
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', given, [EMPTY_SHA256, hash.digest('hex')]);
  }

  trailers(given: string | undefined, trailers: ReadonlyMap<string, string>): void {
    const canonical = [...trailers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}:${value}\n`);
    this.#check('AWS4-HMAC-SHA256-TRAILER', given, [sha256Hex(canonical.join(''))]);
  }
}

function parseChunkHeader(line: string | undefined): { size: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line ?? '');
  if (match === null) throw new S3Error('IncompleteBody', 'The body is not well-formed aws-chunked data.');
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] };
}

async function readTrailers(reader: ByteReader): Promise<Map<string, string>> {
  const trailers = new Map<string, string>();
  for (;;) {
    const line = await reader.line(LINE_LIMIT_BYTES);
    if (line === undefined) return trailers;
    // Blank lines are skipped: S3's documentation ends a signed trailer with LF CRLF, the SDKs with CRLF.
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon <= 0 || trailers.size >= TRAILER_LIMIT) throw new S3Error('MalformedTrailerError');
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

/**
 * Interprets the value of `x-amz-content-sha256`.
 *
 * @returns undefined if the body is not aws-chunked; else whether its chunks are signed, and whether trailers follow
 * @throws {S3Error} NotImplemented for other streaming values.
 */
export function parseStreaming(payloadHash: string): { signed: boolean; trailers: boolean } | undefined {
  if (payloadHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return { signed: false, trailers: true };
  if (payloadHash === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD') return { signed: true, trailers: false };
  if (payloadHash === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER') return { signed: true, trailers: true };
  if (payloadHash.startsWith('STREAMING-'))
    throw new S3Error('NotImplemented', `${payloadHash} is not implemented.`);
  return undefined;
}

/**
 * Removes the framing of an aws-chunked body and verifies the signature of every chunk and of the trailers
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html).
 *
 * @param trailers receives the trailers, names in lower case, after the last byte has been yielded.
 * @throws {S3Error} IncompleteBody, MalformedTrailerError, SignatureDoesNotMatch.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  signed: Signed,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer, void, undefined> {
  const kind = parseStreaming(signed.payloadHash);
  const chain = kind?.signed ? new SignatureChain(signed) : undefined;
  const reader = new ByteReader(source);
  for (;;) {
    const { size, signature } = parseChunkHeader(await reader.line(LINE_LIMIT_BYTES));
    const hash = chain && createHash('sha256');
    for (let left = size; left > 0; ) {
      const bytes = await reader.take(left);
      if (bytes === undefined) throw new S3Error('IncompleteBody');
      hash?.update(bytes);
      left -= bytes.length;
      yield bytes;
    }
    if (hash !== undefined) chain?.chunk(signature, hash);
    if (size === 0) break;
    if ((await reader.line(2)) !== '') throw new S3Error('IncompleteBody', 'A chunk is longer than it says.');
  }
  const found = await readTrailers(reader);
  if (!kind?.trailers && found.size > 0) throw new S3Error('MalformedTrailerError');
  const signature = found.get('x-amz-trailer-signature');
  found.delete('x-amz-trailer-signature');
  if (kind?.trailers) chain?.trailers(signature, found);
  for (const [name, value] of found) trailers.set(name, value);
}
