/** A request got no answer. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  /** `TimeoutError`, `AbortError`, or a code of the system such as `ECONNRESET`. */
  readonly code: string;
  /** Whether the server closed a kept connection before it saw the request. If so, it can be sent again at once. */
  readonly stale: boolean;

  constructor(code: string, message: string, stale = false) {
    super(message);
    this.code = code;
    this.stale = stale;
  }
}

/** The answer does not follow the syntax of HTTP/1.1. */
export class HttpSyntaxError extends Error {
  override readonly name: string = 'HttpSyntaxError';
  readonly code: string = 'NotHttp';
}

/** The answer exceeds a limit for bytes, headers, interim answers or chunks. */
export class AnswerTooLargeError extends HttpSyntaxError {
  override readonly name = 'AnswerTooLargeError';
  override readonly code = 'AnswerTooLarge';
}
