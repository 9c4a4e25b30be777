import { AnswerTooLargeError, HttpError } from '../../http/http-error.ts';

/** Property of an error that makes the SDK retry, as after a broken connection. */
const RETRYABLE = { $retryable: { throttling: false } } as const;

export function tooLarge(text: string): Error {
  return Object.assign(new AnswerTooLargeError(text), RETRYABLE);
}

export function tooSlow(): Error {
  return Object.assign(new HttpError('TimeoutError', 'the request took too long'), RETRYABLE);
}
