import { decodeAwsChunked, parseStreaming } from './aws-chunked.ts';
import { type BodyDigests, DigestCheck, type DigestOptions } from './digests.ts';
import { S3Error } from './errors.ts';
import type { S3Request } from './request.ts';
import type { Signed } from './signature.ts';

/** S3's limit for the body of one request, in bytes. */
const BODY_LIMIT_BYTES = 5 * 2 ** 30;
/** Limit for the document of one request, in bytes. A completion of 10,000 parts with checksums has about 2 MiB. */
const DOCUMENT_LIMIT_BYTES = 8 * 2 ** 20;

/** Takes the decoded bytes of a body. If it returns a promise, no more bytes follow until that resolves. */
export type Sink = (bytes: Buffer) => Promise<void> | undefined;

/** A request whose body has not been read yet. */
export interface IncomingBody {
  readonly request: S3Request;
  readonly signed: Signed;
  /** Body as received, with its framing. */
  readonly source: AsyncIterable<Buffer>;
}

function readLength(request: S3Request, streaming: boolean): number {
  const text = request.header(streaming ? 'x-amz-decoded-content-length' : 'content-length');
  if (text === undefined) {
    if (!streaming && request.header('transfer-encoding') === undefined) return 0;
    throw new S3Error('MissingContentLength');
  }
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', 'The body length is not a number.');
  const length = Number(text);
  if (length > BODY_LIMIT_BYTES) throw new S3Error('EntityTooLarge');
  return length;
}

/**
 * Decodes a body into `sink` and checks its length, signatures and digests. The caller must discard the bytes if this rejects,
 * since the body is then not what the client sent.
 *
 * @throws {S3Error} IncompleteBody, EntityTooLarge, MissingContentLength, BadDigest, SignatureDoesNotMatch and others.
 */
export async function receive(
  body: IncomingBody,
  sink: Sink,
  options: DigestOptions = {},
): Promise<BodyDigests> {
  const { request, signed, source } = body;
  const streaming = parseStreaming(signed.payloadHash) !== undefined;
  const length = readLength(request, streaming);
  const whole = streaming || signed.payloadHash === 'UNSIGNED-PAYLOAD' ? undefined : signed.payloadHash;
  const check = new DigestCheck(request, whole, options);
  const trailers = new Map<string, string>();
  let received = 0;
  for await (const bytes of streaming ? decodeAwsChunked(source, signed, trailers) : source) {
    received += bytes.length;
    if (received > length) throw new S3Error('IncompleteBody');
    check.update(bytes);
    const pause = sink(bytes);
    if (pause !== undefined) await pause;
  }
  if (received !== length) throw new S3Error('IncompleteBody');
  return check.finish(trailers);
}

/** Reads a body that is a document. @throws {S3Error} MaxMessageLengthExceeded above 8 MiB, and the errors of {@link receive}. */
export async function receiveDocument(body: IncomingBody, options: DigestOptions = {}): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  await receive(
    body,
    (bytes) => {
      size += bytes.length;
      if (size > DOCUMENT_LIMIT_BYTES) throw new S3Error('MaxMessageLengthExceeded');
      pieces.push(bytes);
      return undefined;
    },
    options,
  );
  return Buffer.concat(pieces).toString('utf8');
}
