import type { ServerResponse } from 'node:http';
import { S3Error } from './errors.ts';
import { document, text } from './xml-write.ts';

/** An answer, before it is sent. */
export interface Reply {
  /** HTTP status. */
  readonly status: number;
  /** Names in lower case; an undefined value leaves the header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** A document is sent with its length; of a stream the headers must give the `content-length`. */
  readonly body?: string | Buffer | AsyncIterable<Buffer>;
  /** Called once when the answer has been sent, or never will be. */
  readonly release?: () => void;
}

/** A 200 with an XML document. */
export function xmlReply(xml: string, headers: Reply['headers'] = {}): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: xml };
}

/** The answer of operations that delete or configure. */
export const NO_CONTENT: Reply = { status: 204 };

/** S3's error document. */
export function errorReply(
  error: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly extras: S3Error['extras'];
  },
  where: { readonly resource: string; readonly requestId: string },
): Reply {
  const headers = error.extras.headers ?? {};
  // A 304 has no body (RFC 9110 section 15.4.5).
  if (error.status === 304) return { status: 304, headers };
  const extra = Object.entries(error.extras.elements ?? {}).map(([name, value]) => text(name, value));
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: document(
      'Error',
      text('Code', error.code),
      text('Message', error.message),
      ...extra,
      text('Resource', where.resource),
      text('RequestId', where.requestId),
    ).replace(/ xmlns="[^"]*"/, ''),
  };
}

/** Any exception as an S3 error; what S3 would not say is an InternalError. */
export function asS3Error(error: unknown): S3Error {
  return error instanceof S3Error ? error : new S3Error('InternalError');
}

/** Thrown by {@link sendReply} when a planned fault cuts the answer short. */
export class ConnectionCut extends Error {}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (run: () => void) => () => {
      response.off('drain', onDrain);
      response.off('close', onClose);
      run();
    };
    const onDrain = settle(resolve);
    const onClose = settle(() => reject(new Error('the client has gone')));
    response.on('drain', onDrain);
    response.on('close', onClose);
  });
}

/**
 * Sends an answer. HEAD answers keep their headers and lose their body.
 *
 * @param cutAfterBytes stops after so many bytes of the body, with {@link ConnectionCut}.
 */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  cutAfterBytes?: number,
): Promise<void> {
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
  const { body = '' } = reply;
  const whole = typeof body === 'string' ? Buffer.from(body) : Buffer.isBuffer(body) ? body : undefined;
  const bodiless = reply.status === 204 || reply.status === 304;
  const bare = bodiless || response.req.method === 'HEAD';
  if (whole !== undefined && !bare && !response.hasHeader('content-length')) {
    response.setHeader('content-length', whole.length);
  }
  response.statusCode = reply.status;
  if (bare || (cutAfterBytes === undefined && whole !== undefined)) {
    response.end(bare ? undefined : whole);
    return;
  }
  response.flushHeaders();
  let left = cutAfterBytes ?? Number.POSITIVE_INFINITY;
  for await (const bytes of whole === undefined ? (body as AsyncIterable<Buffer>) : [whole]) {
    if (response.destroyed) return;
    const piece = bytes.subarray(0, Math.min(left, bytes.length));
    left -= piece.length;
    if (piece.length > 0 && !response.write(piece) && left > 0) await drained(response);
    if (left <= 0) break;
  }
  if (cutAfterBytes === undefined) {
    response.end();
    return;
  }
  // The bytes before the cut must have left this process, or the client would see fewer.
  await new Promise<void>((resolve) => response.socket?.write('', () => resolve()) ?? resolve());
  throw new ConnectionCut();
}
