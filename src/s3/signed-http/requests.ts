/**
 * Longer than other files: one request's way to S3 with signature, judgement of the answer, and retries. These share the
 * credentials and the clock offset, which a refused request changes for its next try.
 */
import { hash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../../core/errors.ts';
import { assignCopy } from '../../flow/assign-copy.ts';
import type { HttpAnswer } from '../../http/answer-parser.ts';
import type { HttpRequest } from '../../http/connection.ts';
import { ConnectionPool } from '../../http/connection-pool.ts';
import type { Network } from '../../http/network.ts';
import { hostHeader } from '../../http/origin.ts';
import type { BodyTries } from '../body-tries.ts';
import { EXPIRED } from '../error-codes.ts';
import { isInDoubt } from '../in-doubt.ts';
import { isAnswerOfS3, type Outage } from '../outage.ts';
import { RenewedCredentials } from '../renewal.ts';
import { delayBefore } from '../retry.ts';
import { SKEW_MS } from '../store-clock.ts';
import { storeErrorOf } from '../store-error.ts';
import type { Credentials } from '../store-types.ts';
import type { Endpoint } from './endpoint.ts';
import { ERROR_DOCUMENT, RequestFailure } from './request-failure.ts';
import { EMPTY_SHA256, Signer, timestampOf, UNSIGNED_PAYLOAD } from './sigv4.ts';

/** One S3 request. */
export interface S3Request {
  /** Name of the operation in S3's API, for messages: `PutObject`. */
  readonly operation: string;
  readonly method: HttpRequest['method'];
  /** Path behind the bucket: `/` and the encoded key; '' for the bucket itself. */
  readonly path: string;
  /** Encoded query, with the names in order. Default ''. */
  readonly query?: string | undefined;
  /** Headers beside those that every request has. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  /** Counts the tries to send the body. Default: they are not counted. */
  readonly tries?: BodyTries | undefined;
  /** Called while the body is sent, with the number of bytes since the last call. A retry sends them again. */
  readonly onSent?: HttpRequest['onSent'];
  /** Whether the request is sent, and retried, although the run is being aborted. Default false. */
  readonly evenIfAborted?: boolean | undefined;
  /** Limit of the answer's body, in bytes. Default 1 MiB. */
  readonly maxAnswerBytes?: number | undefined;
  /** Chooses who takes the body of the answer, by its head. Default: the body is collected in memory. */
  readonly chooseReceiver?: HttpRequest['chooseReceiver'];
  /**
   * Whether this request completes an upload: it has no deadline, and it is not retried if S3 did not answer, since the
   * caller has to look first whether it was executed. Default false.
   */
  readonly isCompletion?: boolean | undefined;
  /** Reason why an answer with status 200 is not one of S3; undefined if it is. Such an answer is requested again. */
  readonly flaw?: ((answer: HttpAnswer) => string | undefined) | undefined;
}

export interface S3Answer extends HttpAnswer {
  /** Number of requests that were sent for this answer. */
  readonly attempts: number;
}

export interface RequestsOptions {
  readonly endpoint: Endpoint;
  /** Connections at once. */
  readonly connections: number;
  /** Tries of one request, the first included. */
  readonly maxAttempts: number;
  /** Whether the body's SHA-256 is signed over plain HTTP although the signed Content-MD5 protects it. */
  readonly signPayload: boolean;
  /** Headers of every request. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Learns of every answer and failure; holds requests while the endpoint is away. Default: none. */
  readonly outage?: Outage | undefined;
  readonly network?: Network | undefined;
  /** Called when the store asks for fewer requests. */
  readonly onSlowDown?: (() => void) | undefined;
  /** Called for every answer. */
  readonly onAnswer?: ((answer: HttpAnswer) => void) | undefined;
}

/**
 * Header that requests answers without compression: a proxy that compresses them tells no sizes and weakens ETags. It
 * is not signed: some proxies change it on the way, Google's endpoint among them.
 */
const UNENCODED = 'accept-encoding: identity\r\n';

/** Signs requests, sends them over kept connections, and retries those that can succeed later. */
export class S3Requests {
  readonly #options: RequestsOptions;
  readonly #pool: ConnectionPool;
  readonly #signer: Signer;
  readonly #host: string;
  readonly #credentials: RenewedCredentials;
  /** How far S3's clock is ahead of ours, in milliseconds. */
  #clockOffsetMs = 0;

  constructor(options: RequestsOptions) {
    const { endpoint, connections, signal, network } = options;
    // Every request that waits listens; Node.js would warn at the eleventh.
    if (signal) setMaxListeners(0, signal);
    this.#options = options;
    this.#pool = new ConnectionPool(endpoint.origin, { limit: connections, signal, network });
    this.#signer = new Signer(endpoint.region);
    this.#host = hostHeader(endpoint.origin);
    this.#credentials = new RenewedCredentials(endpoint);
  }

  /**
   * @throws StoreError if the request was refused for good or failed `maxAttempts` times, or the endpoint is lost; BackupError
   * `MAX_TRANSFER` if its body may not be sent (again)
   */
  async send(request: S3Request): Promise<S3Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#tryUnlessAway(request, attempt);
      if (!(result instanceof RequestFailure)) return result;
      if (result.asksForFewerRequests) this.#options.onSlowDown?.();
      const isLast = attempt >= this.#options.maxAttempts || isLookedAtFirst(request, result);
      if (!result.isTemporary || isLast) throw result.error;
      // The cause that closed one idle connection may have closed all of them, and each would cost a try.
      if (result.isStale) this.#pool.closeIdle();
      await this.#pause(result.isStale ? 0 : delayBefore(attempt, result.retryAfterMs), request, attempt);
    }
  }

  /**
   * Sends a request once over a new connection, whatever else is in flight.
   *
   * @throws StoreError if the answer is not one of S3; connections that are not in use are closed then
   */
  async probe(request: S3Request): Promise<void> {
    const result = await this.#try(request, 1, (signed) => this.#pool.requestOnNewConnection(signed));
    if (!(result instanceof RequestFailure) || isAnswerOfS3(result.error)) return;
    this.#pool.closeIdle();
    throw result.error;
  }

  /**
   * Makes one try that counts. Tries that fail because the endpoint is away do not count, unless that happens
   * repeatedly.
   */
  async #tryUnlessAway(request: S3Request, attempt: number): Promise<S3Answer | RequestFailure> {
    const { outage, maxAttempts } = this.#options;
    for (let excused = 0; ; excused += 1) {
      if (outage?.holdsRequests) await outage.untilReachable();
      const result = await this.#try(request, attempt);
      if (!outage || !(result instanceof RequestFailure) || result.isStale || isAnswerOfS3(result.error))
        return result;
      if (isLookedAtFirst(request, result)) return result;
      const isExcused = await outage.explains(result.error);
      if (!isExcused || excused >= maxAttempts) return result;
    }
  }

  async #try(
    request: S3Request,
    attempt: number,
    send = (signed: HttpRequest) => this.#pool.request(signed, request.evenIfAborted),
  ): Promise<S3Answer | RequestFailure> {
    const { operation, tries } = request;
    const credentials = await this.#currentCredentials(operation);
    const offset = this.#clockOffsetMs;
    try {
      const signed = this.#signed(request, credentials);
      const answer = await (tries ? tries.send(() => send(signed)) : send(signed));
      const failure = this.#judge(request, answer, attempt, offset);
      if (failure === undefined || isAnswerOfS3(failure.error)) this.#options.outage?.onAnswer();
      if (failure === undefined) return assignCopy(answer, { attempts: attempt });
      const hasOthers = EXPIRED.has(failure.error.code) && (await this.#credentials.replace(credentials));
      return hasOthers ? failure.again() : failure;
    } catch (error) {
      if (error instanceof BackupError) throw error;
      return RequestFailure.ofConnection(operation, error, attempt);
    }
  }

  async #pause(ms: number, { evenIfAborted, operation }: S3Request, attempts: number): Promise<void> {
    const { signal } = this.#options;
    try {
      await sleep(ms, undefined, evenIfAborted || !signal ? {} : { signal });
    } catch {
      throw storeErrorOf({ operation, code: 'AbortError', text: 'the request was aborted', attempts });
    }
  }

  /** @param offset Offset of the clock that signed the request, in milliseconds. */
  #judge(
    request: S3Request,
    answer: HttpAnswer,
    attempts: number,
    offset: number,
  ): RequestFailure | undefined {
    const { operation, flaw } = request;
    this.#options.onAnswer?.(answer);
    if (answer.status < 200 || answer.status >= 300)
      return this.#refusal(operation, answer, attempts, offset);
    const found = flaw?.(answer);
    if (found === undefined) return undefined;
    // S3 can begin a 200 and end it with an error.
    return ERROR_DOCUMENT.test(answer.body.toString())
      ? this.#refusal(operation, answer, attempts, offset)
      : RequestFailure.notS3(operation, answer, found, attempts);
  }

  async #currentCredentials(operation: string): Promise<Credentials> {
    try {
      return await this.#credentials.current();
    } catch (error) {
      throw storeErrorOf({ operation, code: 'CredentialsProviderError', text: (error as Error).message });
    }
  }

  #refusal(operation: string, answer: HttpAnswer, attempts: number, offset: number): RequestFailure {
    const failure = RequestFailure.ofRefusal(operation, answer, attempts);
    // An answer to HEAD has no body that could tell it from a request that is forbidden.
    const mayBeSkewed =
      failure.error.code === 'RequestTimeTooSkewed' || (answer.status === 403 && answer.body.length === 0);
    return mayBeSkewed && this.#correctClock(answer, offset) ? failure.again() : failure;
  }

  /** Takes over S3's clock. Returns whether it differs from the clock that signed the refused request. */
  #correctClock({ headers }: HttpAnswer, signedBy: number): boolean {
    const offset = Date.parse(headers.get('date') ?? '') - Date.now();
    if (!(Math.abs(offset - signedBy) > SKEW_MS)) return false;
    this.#clockOffsetMs = offset;
    return true;
  }

  #signed(request: S3Request, credentials: Credentials): HttpRequest {
    const { method, body, query = '' } = request;
    const path = this.#options.endpoint.basePath + request.path || '/';
    const timestamp = timestampOf(Date.now() + this.#clockOffsetMs);
    const payloadHash = this.#payloadHash(request);
    const headers: Record<string, string> = {
      host: this.#host,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': timestamp,
      ...this.#options.headers,
    };
    for (const name in request.headers) headers[name] = request.headers[name] ?? '';
    if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
    const authorization = this.#signer.sign(
      { method, path, query, headers, payloadHash },
      credentials,
      timestamp,
    );
    let head = `${method} ${query === '' ? path : `${path}?${query}`} HTTP/1.1\r\n`;
    for (const name in headers) head += headerLine(name, headers[name] ?? '');
    head += headerLine('authorization', authorization);
    if (method === 'GET' || method === 'HEAD') head += UNENCODED;
    if (body !== undefined || method === 'PUT' || method === 'POST')
      head += `content-length: ${body?.length ?? 0}\r\n`;
    const { onSent, maxAnswerBytes, chooseReceiver, isCompletion } = request;
    const hasDeadline = !isCompletion;
    return { method, head: `${head}\r\n`, body, onSent, maxAnswerBytes, chooseReceiver, hasDeadline };
  }

  /**
   * Hash of the body for the signature. A checksum header does not protect a body as Content-MD5 does: Ceph 16 ignores
   * it.
   */
  #payloadHash({ body, headers = {} }: S3Request): string {
    if (body === undefined || body.length === 0) return EMPTY_SHA256;
    const { endpoint, signPayload } = this.#options;
    const isProtected = endpoint.origin.secure || (!signPayload && 'content-md5' in headers);
    return isProtected ? UNSIGNED_PAYLOAD : hash('sha256', body, 'hex');
  }

  close(): void {
    this.#pool.close();
  }
}

function isLookedAtFirst({ isCompletion }: S3Request, { error }: RequestFailure): boolean {
  return isCompletion === true && isInDoubt(error);
}

/** @throws TypeError if a character would end the header, or is not ASCII and so would not be signed as it is sent */
function headerLine(name: string, value: string): string {
  if (/[^\t\x20-\x7e]/.test(value)) throw new TypeError(`the header ${name} cannot hold this value`);
  return `${name}: ${value}\r\n`;
}
