import { BackupError } from '../core/errors.ts';
import { noProxyRule } from './no-proxy.ts';
import { authorityOf, hostHeader, type Origin, originOf } from './origin.ts';

/** The variables that name proxies, by the names that curl gave them. What is empty is not set. */
export interface ProxyVariables {
  /** The proxy for https:// endpoints: `http://user:password@host:port`, `https://...`, or `host:port`. */
  readonly HTTPS_PROXY?: string | undefined;
  /** The proxy for http:// endpoints. */
  readonly HTTP_PROXY?: string | undefined;
  /** The hosts that are reached without one: names with all below them, addresses, ranges, `*`; separated by commas. */
  readonly NO_PROXY?: string | undefined;
}

/** A proxy, as requests need it. */
export interface HttpProxy {
  readonly origin: Origin;
  /** The value of `proxy-authorization`, where its URL has a user. */
  readonly authorization: string | undefined;
}

/** In lower case they win, as with curl. Unlike curl HTTP_PROXY counts as well: this is no CGI program, where anybody sets it. */
export function proxyVariables(env: NodeJS.ProcessEnv): ProxyVariables {
  return {
    HTTPS_PROXY: env.https_proxy ?? env.HTTPS_PROXY,
    HTTP_PROXY: env.http_proxy ?? env.HTTP_PROXY,
    NO_PROXY: env.no_proxy ?? env.NO_PROXY,
  };
}

/** Which proxy leads where. */
export class Proxies {
  readonly #https: HttpProxy | undefined;
  readonly #http: HttpProxy | undefined;
  readonly #isExempt: (origin: Origin) => boolean;

  /** @throws BackupError `BAD_OPTION` for a value that is no proxy */
  constructor({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY = '' }: ProxyVariables) {
    this.#https = proxyOf('HTTPS_PROXY', HTTPS_PROXY);
    this.#http = proxyOf('HTTP_PROXY', HTTP_PROXY);
    this.#isExempt = noProxyRule(NO_PROXY);
  }

  /** Undefined where the origin is reached without one, as every proxy itself is. */
  for(origin: Origin): HttpProxy | undefined {
    const proxy = origin.secure ? this.#https : this.#http;
    return proxy === undefined || this.#isExempt(origin) || this.#isProxy(origin) ? undefined : proxy;
  }

  #isProxy(origin: Origin): boolean {
    const authority = authorityOf(origin);
    return [this.#https, this.#http].some((proxy) => proxy && authorityOf(proxy.origin) === authority);
  }
}

/** `http://proxy:3128`, without user and password. */
export function nameOfProxy({ origin }: HttpProxy): string {
  return `http${origin.secure ? 's' : ''}://${authorityOf(origin)}`;
}

/** A request's head as a proxy takes it that passes the request on itself, as it does without TLS. */
export function forwardedHead(head: string, origin: Origin, { authorization }: HttpProxy): string {
  const path = head.indexOf(' ') + 1;
  const headers = head.indexOf('\r\n') + 2;
  const signIn = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  return `${head.slice(0, path)}${absoluteForm(origin)}${head.slice(path, headers)}${signIn}${head.slice(headers)}`;
}

/** What stands before the path in such a request. */
export function absoluteForm(origin: Origin): string {
  return `http://${hostHeader(origin)}`;
}

function proxyOf(name: keyof ProxyVariables, text: string | undefined): HttpProxy | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const url = new URL(text.includes('://') ? text : `http://${text}`);
    const isProxy = ['http:', 'https:'].includes(url.protocol) && url.hostname !== '';
    if (isProxy) return { origin: originOf(url), authorization: authorizationOf(url) };
  } catch {
    // Neither the value nor the error, which may quote it, is shown: it can hold a password.
  }
  throw new BackupError('BAD_OPTION', `${name} is set, but not to the URL of a proxy that can be used.`, {
    hint: 'Allowed are http://host:port and https://host:port, with user:password@ before the host (percent-encoded).',
  });
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
