import type { SecureContext } from 'node:tls';
import { Bandwidth } from './bandwidth.ts';
import { Proxies, type ProxyVariables, proxyVariables } from './proxy.ts';
import { secureContextOf } from './trusted-ca.ts';

export interface NetworkOptions {
  /**
   * A limit for the content of all files together, as it is sent and as it is read back: bytes a second, or what says so
   * at any time. More than 0; `Infinity` is no limit, and the default.
   */
  readonly bytesPerSecond?: number | (() => number) | undefined;
  /** Default: those of the process's environment. */
  readonly proxies?: ProxyVariables | undefined;
  /** A PEM file with certificates that are trusted beside those that Node.js trusts. */
  readonly caBundle?: string | undefined;
}

/** What all connections of a store have in common. */
export interface Network {
  readonly proxies: Proxies;
  /** Undefined for whom Node.js trusts. */
  readonly trust: SecureContext | undefined;
  readonly bandwidth: Bandwidth | undefined;
}

/** @throws BackupError `BAD_OPTION` for a proxy or a CA bundle that cannot be used */
export function openNetwork({ bytesPerSecond, proxies, caBundle }: NetworkOptions): Network {
  return {
    proxies: new Proxies(proxies ?? proxyVariables(process.env)),
    trust: caBundle === undefined ? undefined : secureContextOf(caBundle),
    bandwidth: bytesPerSecond === undefined ? undefined : new Bandwidth(bytesPerSecond),
  };
}
