import { createHash, type Hash } from 'node:crypto';
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  parseAlgorithm,
  requireChecksumValue,
  startChecksum,
} from './checksum.ts';
import type { RunningSum } from './crc.ts';
import { S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** Digests of a body that passed all its checks. */
export interface BodyDigests {
  /** Size in bytes. */
  readonly size: number;
  readonly md5: Buffer;
  /** Checksums in base64: that of the client's algorithm, and that of `DigestOptions.wanted`. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
  /** Algorithm whose value came with the request, in a header or a trailer; undefined if none did. */
  readonly sent: ChecksumAlgorithm | undefined;
}

/** How the body of an operation is checked. */
export interface DigestOptions {
  /** Checksum that is computed even if the client did not send it. Default: none. */
  readonly wanted?: ChecksumAlgorithm | undefined;
  /** Whether the checksum headers are about the object, not about this body, as in CompleteMultipartUpload. Default false. */
  readonly checksumIsObjects?: boolean;
}

interface Announced {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined if the value follows as a trailer. */
  readonly value: string | undefined;
}

function readContentMd5(request: S3Request): string | undefined {
  const value = request.header('content-md5');
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) throw new S3Error('InvalidDigest');
  return value;
}

function readAnnounced(request: S3Request): Announced | undefined {
  const found: Announced[] = [];
  const trailer = request.header('x-amz-trailer')?.trim().toLowerCase();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = request.header(checksumHeader(algorithm));
    if (value !== undefined) found.push({ algorithm, value });
    if (trailer === checksumHeader(algorithm)) found.push({ algorithm, value: undefined });
  }
  const [first, second] = found;
  if (second !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  if (first === undefined) {
    if (trailer !== undefined)
      throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
    return undefined;
  }
  if (first.value !== undefined) requireChecksumValue(first.algorithm, first.value);
  return first;
}

function requireNamedAlgorithm(request: S3Request, announced: Announced | undefined): void {
  const named = request.header('x-amz-sdk-checksum-algorithm');
  if (named === undefined) return;
  const algorithm = parseAlgorithm(named);
  if (announced === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (announced.algorithm !== algorithm) {
    throw new S3Error('InvalidRequest', `Value for x-amz-sdk-checksum-algorithm header is invalid.`);
  }
}

/** Whether a request carries a digest of its body, which S3 requires for Object Lock and DeleteObjects. */
export function hasBodyDigest(request: S3Request): boolean {
  return request.header('content-md5') !== undefined || readAnnounced(request) !== undefined;
}

/** Computes the digests of one body and compares them with the headers and trailers of its request. */
export class DigestCheck {
  readonly #md5: Hash = createHash('md5');
  readonly #contentMd5: string | undefined;
  readonly #announced: Announced | undefined;
  readonly #payloadHash: string | undefined;
  readonly #sha256: Hash | undefined;
  readonly #sums = new Map<ChecksumAlgorithm, RunningSum>();
  #size = 0;

  /**
   * @param payloadHash SHA-256 in hex that the body must have; undefined if the body is not signed as a whole.
   * @throws {S3Error} InvalidDigest, InvalidRequest for a malformed or contradictory header.
   */
  constructor(request: S3Request, payloadHash: string | undefined, options: DigestOptions) {
    this.#contentMd5 = readContentMd5(request);
    this.#announced = options.checksumIsObjects ? undefined : readAnnounced(request);
    if (!options.checksumIsObjects) requireNamedAlgorithm(request, this.#announced);
    this.#payloadHash = payloadHash;
    if (payloadHash !== undefined) this.#sha256 = createHash('sha256');
    for (const algorithm of [this.#announced?.algorithm, options.wanted]) {
      if (algorithm !== undefined) this.#sums.set(algorithm, startChecksum(algorithm));
    }
  }

  /** Adds bytes of the body. */
  update(bytes: Buffer): void {
    this.#size += bytes.length;
    this.#md5.update(bytes);
    this.#sha256?.update(bytes);
    for (const sum of this.#sums.values()) sum.update(bytes);
  }

  /**
   * Compares the digests at the end of the body.
   *
   * @param trailers Trailers of the body, names in lower case.
   * @throws {S3Error} XAmzContentSHA256Mismatch, BadDigest, MalformedTrailerError, InvalidRequest.
   */
  finish(trailers: ReadonlyMap<string, string>): BodyDigests {
    if (this.#sha256 !== undefined && this.#sha256.digest('hex') !== this.#payloadHash) {
      throw new S3Error('XAmzContentSHA256Mismatch');
    }
    const md5 = this.#md5.digest();
    if (this.#contentMd5 !== undefined && md5.toString('base64') !== this.#contentMd5)
      throw new S3Error('BadDigest');
    const checksums = new Map(
      [...this.#sums].map(([algorithm, sum]) => [algorithm, sum.digest().toString('base64')]),
    );
    this.#requireAnnounced(checksums, trailers);
    return { size: this.#size, md5, checksums, sent: this.#announced?.algorithm };
  }

  #requireAnnounced(
    checksums: ReadonlyMap<ChecksumAlgorithm, string>,
    trailers: ReadonlyMap<string, string>,
  ): void {
    if (this.#announced === undefined) return;
    const { algorithm } = this.#announced;
    const value = this.#announced.value ?? trailers.get(checksumHeader(algorithm));
    if (value === undefined) throw new S3Error('MalformedTrailerError');
    requireChecksumValue(algorithm, value);
    if (checksums.get(algorithm) !== value) {
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
}
