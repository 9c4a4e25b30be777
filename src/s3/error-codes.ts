/** Codes of Node.js for a host or a network that no connection reaches: no byte of a request was sent. */
export const NOT_REACHED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
] as const;

/** Codes for a connection that broke or stayed silent: the request may have arrived. */
export const BROKEN = ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'TimeoutError'] as const;

/** Codes of refusals of credentials that were valid before (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
export const EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
]);
