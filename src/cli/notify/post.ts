import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, systemCode } from '../../core/errors.ts';
import { VERSION } from '../../core/version.ts';
import type { HttpAnswer } from '../../http/answer-parser.ts';
import { ConnectionPool } from '../../http/connection-pool.ts';
import type { Network } from '../../http/network.ts';
import { hostHeader, originOf } from '../../http/origin.ts';
import { maskedUrl } from '../output/mask-url.ts';

/** Time limits of a message, in milliseconds. With the pause between two tries it takes 21 s at most. */
export interface PostTimes {
  /** For each try. */
  readonly tryMs: number;
  /** Between the first try and the second. */
  readonly pauseMs: number;
}
export const POST_TIMES: PostTimes = { tryMs: 10_000, pauseMs: 1_000 };

export interface Post {
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  /** Further headers. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Tells what is wrong with an answer that has a good status; undefined if nothing is. */
  readonly flaw?: (answer: string) => string | undefined;
}

/**
 * Sends a POST request, and once more if it could not be delivered (no connection, no answer, status 408, 429 or 5xx). Redirects
 * are not followed: they could hand the message, and the secrets in its headers, to another host.
 *
 * @param network Proxies and trusted certificates. Reading `trust` may throw.
 * @returns undefined if it was accepted; else what happened, as the end of a sentence, without the secret parts of the URL
 */
export async function post(
  message: Post,
  network: Network,
  times: PostTimes = POST_TIMES,
): Promise<string | undefined> {
  const first = await tryOnce(message, network, times.tryMs);
  if (!first?.isTemporary) return first?.reason;
  await sleep(times.pauseMs);
  return (await tryOnce(message, network, times.tryMs))?.reason;
}

interface Failure {
  readonly reason: string;
  readonly isTemporary: boolean;
}

async function tryOnce(message: Post, network: Network, tryMs: number): Promise<Failure | undefined> {
  const timeout = AbortSignal.timeout(tryMs);
  let pool: ConnectionPool | undefined;
  try {
    pool = new ConnectionPool(originOf(new URL(message.url)), { limit: 1, signal: timeout, network });
    const body = Buffer.from(message.body);
    const answer = await pool.request({ method: 'POST', head: headOf(message, body.length), body });
    return judge(message, answer);
  } catch (error) {
    const reason = timeout.aborted ? `there was no answer within ${tryMs / 1000} s` : reasonOf(error);
    return { reason, isTemporary: true };
  } finally {
    pool?.close();
  }
}

function reasonOf(error: unknown): string {
  const code = systemCode(error);
  return code === undefined ? messageOf(error) : `${messageOf(error)} [${code}]`;
}

const TEMPORARY: ReadonlySet<number> = new Set([408, 429]);

function judge({ url, flaw }: Post, { status, headers, body }: HttpAnswer): Failure | undefined {
  if (status >= 200 && status < 300) {
    const reason = flaw?.(body.toString());
    return reason === undefined ? undefined : { reason, isTemporary: false };
  }
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== undefined) {
    const to = URL.canParse(location, url) ? maskedUrl(new URL(location, url).href) : 'another address';
    const reason = `it redirects to ${to} (status ${status}), which is not followed; set that URL if it is right`;
    return { reason, isTemporary: false };
  }
  const name = STATUS_CODES[status];
  const reason = `the answer has status ${status}${name === undefined ? '' : ` (${name})`}`;
  return { reason, isTemporary: status >= 500 || TEMPORARY.has(status) };
}

function headOf({ url, contentType, headers = {} }: Post, length: number): string {
  const { pathname, search, username, password } = new URL(url);
  const signIn = username === '' && password === '' ? {} : { authorization: basic(username, password) };
  const fields = {
    host: hostHeader(originOf(new URL(url))),
    'user-agent': `s3-backup/${VERSION}`,
    accept: '*/*',
    ...signIn,
    'content-type': contentType,
    ...lowerCased(headers),
    'content-length': String(length),
    connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function basic(username: string, password: string): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
