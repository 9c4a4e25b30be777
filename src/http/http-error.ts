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
