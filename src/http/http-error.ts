/** A request that got no answer. `code` is the system's, or `TimeoutError`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: string;
  /** Whether a connection that had waited was closed under the request's hands: it can be sent again at once. */
  readonly stale: boolean;

  constructor(code: string, message: string, stale = false) {
    super(message);
    this.code = code;
    this.stale = stale;
  }
}

/** The answer is not HTTP. */
export class HttpSyntaxError extends Error {
  override readonly name: string = 'HttpSyntaxError';
  readonly code: string = 'NotHttp';
}

/** The answer exceeds a limit of its kind: bytes, headers, interim answers or chunks. */
export class AnswerTooLargeError extends HttpSyntaxError {
  override readonly name = 'AnswerTooLargeError';
  override readonly code = 'AnswerTooLarge';
}
