import { S3Error } from './errors.ts';
import { errorDocument, text } from './xml-write.ts';

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
    body: errorDocument(
      text('Code', error.code),
      text('Message', error.message),
      ...extra,
      text('Resource', where.resource),
      text('RequestId', where.requestId),
    ),
  };
}

/**
 * Any exception as an S3 error. What S3 would not say is an InternalError, with its own words: this is for
 * tests.
 */
export function asS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  return new S3Error('InternalError', error instanceof Error ? error.message : String(error));
}
