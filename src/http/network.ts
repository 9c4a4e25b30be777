import type { SecureContext } from 'node:tls';
import { Bandwidth } from './bandwidth.ts';
import { Proxies, type ProxyVariables, proxyVariables } from './proxy.ts';
import { secureContextOf } from './trusted-ca.ts';

/** What a user can choose about connections. */
export interface NetworkOptions {
  /**
   * Limit for the content of all files together, sent and read back: bytes per second, or a function that returns them and
   * may change its mind. Must be more than 0. Default `Infinity`: no limit.
   */
  readonly bytesPerSecond?: number | (() => number) | undefined;
  /** Proxy settings. Default: the variables of the process's environment. */
  readonly proxies?: ProxyVariables | undefined;
  /** Path of a PEM file. Its certificates are trusted in addition to those that Node.js trusts. Default: none. */
  readonly caBundle?: string | undefined;
}

/** Settings shared by all connections to a store. */
export interface Network {
  readonly proxies: Proxies;
  /**
   * Trusted certificates; undefined for those that Node.js trusts. Read when they are first needed, which takes 0.2 s of CPU for the
   * bundle of an operating system: throws BackupError `BAD_OPTION` then if it cannot be used.
   */
  readonly trust: SecureContext | undefined;
  /** Undefined if there is no limit. */
  readonly bandwidth: Bandwidth | undefined;
}

/**
 * Reads the proxy variables.
 *
 * @throws BackupError `BAD_OPTION` for a proxy that cannot be used
 */
export function openNetwork({ bytesPerSecond, proxies, caBundle }: NetworkOptions): Network {
  let trust: SecureContext | undefined;
  return {
    proxies: new Proxies(proxies ?? proxyVariables(process.env)),
    get trust() {
      if (caBundle !== undefined) trust ??= secureContextOf(caBundle);
      return trust;
    },
    bandwidth: bytesPerSecond === undefined ? undefined : new Bandwidth(bytesPerSecond),
  };
}
