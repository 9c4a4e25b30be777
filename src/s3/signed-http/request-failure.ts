import type { HttpAnswer } from '../../http/answer-parser.ts';
import { HttpError, HttpSyntaxError } from '../../http/http-error.ts';
import { lacksDescriptor } from '../../source/when-descriptors-are-free.ts';
import { type StoreError, storeErrorOf } from '../store-error.ts';
import { isTemporary } from '../temporary.ts';
import { elementText } from './xml.ts';

/** Pattern of an error document of S3; some stores name their namespace in it. */
export const ERROR_DOCUMENT = /<Error[\s>]/;

/** Code with which TLS reports that bytes were changed on their way. */
const DAMAGED = /BAD_RECORD_MAC$/;

/** Why a request failed, and whether a retry can succeed. */
export class RequestFailure {
  readonly error: StoreError;
  readonly isTemporary: boolean;
  readonly isStale: boolean;
  readonly retryAfterMs: number | undefined;

  private constructor(error: StoreError, isTemporary: boolean, retryAfterMs?: number, isStale = false) {
    this.error = error;
    this.isTemporary = isTemporary;
    this.retryAfterMs = retryAfterMs;
    this.isStale = isStale;
  }

  static ofConnection(operation: string, error: unknown, attempts: number): RequestFailure {
    const { code = 'Error', message } = error as { code?: string; message: string };
    const failure = storeErrorOf({ operation, code, text: message, attempts });
    const isKnown =
      isTemporary(failure) ||
      DAMAGED.test(code) ||
      error instanceof HttpSyntaxError ||
      lacksDescriptor(error);
    const isStale = error instanceof HttpError && error.stale;
    return new RequestFailure(failure, isKnown, undefined, isStale);
  }

  /** @param flaw Reason why an answer with a success status is not one of S3. */
  static notS3(operation: string, { status }: HttpAnswer, flaw: string, attempts: number) {
    return new RequestFailure(storeErrorOf({ operation, code: 'NotS3', text: flaw, status, attempts }), true);
  }

  static ofRefusal(
    operation: string,
    { status, headers, body }: HttpAnswer,
    attempts: number,
  ): RequestFailure {
    const xml = body.toString();
    const isError = ERROR_DOCUMENT.test(xml);
    // A page of a proxy or a web console; an empty body is told by its status.
    const other = xml !== '' && status < 500 ? 'NotS3' : undefined;
    const code = isError ? elementText(xml, 'Code') || undefined : other;
    const text = isError ? (elementText(xml, 'Message') ?? '') : '';
    const error = storeErrorOf({ operation, code, text, status, attempts });
    const after = Number(headers.get('retry-after') ?? Number.NaN);
    return new RequestFailure(error, isTemporary(error), Number.isNaN(after) ? undefined : after * 1000);
  }

  /** Whether the store asks for fewer requests. */
  get asksForFewerRequests(): boolean {
    const { status, code } = this.error;
    return status === 503 || status === 429 || code === 'SlowDown';
  }

  /** The same failure, marked as worth a retry. */
  again(): RequestFailure {
    return new RequestFailure(this.error, true);
  }
}
