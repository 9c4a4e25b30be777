import { BackupError } from '../core/errors.ts';
import { noProxyRule } from './no-proxy.ts';
import { authorityOf, hostHeader, type Origin, originOf } from './origin.ts';

/** Proxy settings, named as curl's environment variables. An empty value counts as not set. */
export interface ProxyVariables {
  /** Proxy for https:// endpoints: `http://user:password@host:port`, `https://...`, or `host:port`. Default: none. */
  readonly HTTPS_PROXY?: string | undefined;
  /** Proxy for http:// endpoints, in the same form as `HTTPS_PROXY`. Default: none. */
  readonly HTTP_PROXY?: string | undefined;
  /** Hosts reached without a proxy: host names (with their subdomains), addresses, ranges or `*`, separated by commas. */
  readonly NO_PROXY?: string | undefined;
}

/** A proxy and how to sign in to it. */
export interface HttpProxy {
  readonly origin: Origin;
  /** Value of the `proxy-authorization` header; undefined if the proxy's URL names no user. */
  readonly authorization: string | undefined;
}

/**
 * Reads the proxy variables from an environment. A variable in lower case wins, as with curl. Unlike curl this also reads
 * HTTP_PROXY in upper case: curl ignores it because a CGI server sets it from a request, which cannot happen here.
 */
export function proxyVariables(env: NodeJS.ProcessEnv): ProxyVariables {
  return {
    HTTPS_PROXY: env.https_proxy ?? env.HTTPS_PROXY,
    HTTP_PROXY: env.http_proxy ?? env.HTTP_PROXY,
    NO_PROXY: env.no_proxy ?? env.NO_PROXY,
  };
}

/** Chooses the proxy for each origin. */
export class Proxies {
  readonly #https: HttpProxy | undefined;
  readonly #http: HttpProxy | undefined;
  readonly #isExempt: (origin: Origin) => boolean;

  /** @throws BackupError `BAD_OPTION` if a value is not the URL of a proxy */
  constructor({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY = '' }: ProxyVariables) {
    this.#https = proxyOf('HTTPS_PROXY', HTTPS_PROXY);
    this.#http = proxyOf('HTTP_PROXY', HTTP_PROXY);
    this.#isExempt = noProxyRule(NO_PROXY);
  }

  /** Returns the proxy for an origin; undefined if it is reached without one, or is itself one of the proxies. */
  for(origin: Origin): HttpProxy | undefined {
    const proxy = origin.secure ? this.#https : this.#http;
    return proxy === undefined || this.#isExempt(origin) || this.#isProxy(origin) ? undefined : proxy;
  }

  #isProxy(origin: Origin): boolean {
    const authority = authorityOf(origin);
    return [this.#https, this.#http].some((proxy) => proxy && authorityOf(proxy.origin) === authority);
  }
}

/** URL of a proxy without user and password, for messages: `http://proxy:3128`. */
export function nameOfProxy({ origin }: HttpProxy): string {
  return `http${origin.secure ? 's' : ''}://${authorityOf(origin)}`;
}

/**
 * Rewrites a request's head for a proxy that forwards plain HTTP: the request line gets the absolute form, and the sign-in
 * header is added (https://www.rfc-editor.org/rfc/rfc9112#name-absolute-form).
 */
export function forwardedHead(head: string, origin: Origin, { authorization }: HttpProxy): string {
  const path = head.indexOf(' ') + 1;
  const headers = head.indexOf('\r\n') + 2;
  const signIn = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  return `${head.slice(0, path)}${absoluteForm(origin)}${head.slice(path, headers)}${signIn}${head.slice(headers)}`;
}

/** Scheme and authority that stand before the path in a request's absolute form. */
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
