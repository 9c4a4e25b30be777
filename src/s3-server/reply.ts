import { S3Error } from './errors.ts';
import { errorDocument, text } from './xml-write.ts';

/** An answer that has not been sent yet. */
export interface Reply {
  /** HTTP status. */
  readonly status: number;
  /** Header values by lower-case name; a header without a value is not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Text or bytes are sent with their length. For a stream the headers must contain `content-length`. */
  readonly body?: string | Buffer | AsyncIterable<Buffer>;
  /** Called once, when the answer was sent or has failed. */
  readonly release?: () => void;
}

/** Makes an answer of status 200 with an XML document. */
export function xmlReply(xml: string, headers: Reply['headers'] = {}): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: xml };
}

/** Answer of status 204 to operations that delete or configure. */
export const NO_CONTENT: Reply = { status: 204 };

/** Makes an answer with S3's error document. */
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

/** Converts any exception into an S3 error. An unexpected one becomes InternalError with its own message, which helps tests. */
export function asS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  return new S3Error('InternalError', error instanceof Error ? error.message : String(error));
}
