import { connect as connectPlain, isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Origin } from './origin.ts';

/** TLS settings of one connection. */
export interface TlsOptions {
  /** The certificates that are trusted. Default: those that Node.js trusts. */
  readonly trust?: SecureContext | undefined;
  /** Session of an earlier TLS connection to the same origin, which is resumed. Default: a new session. */
  readonly session?: Buffer | undefined;
}

/** Memory that plain sockets read into by default. Each socket hands its bytes on before the next one reads. */
const incoming = Buffer.allocUnsafeSlow(64 * 1024);

/** Takes what a socket receives. */
export interface SocketReader {
  /** @param bytes Their memory is reused afterwards. */
  readonly onData: (bytes: Buffer) => void;
  /** Memory that the next bytes shall arrive in; undefined if it does not matter. With TLS it is not asked for. */
  readonly memory: () => Buffer | undefined;
}

/** Begins to connect to an origin, with TLS if it is `https`. */
export function openSocket(origin: Origin, tls: TlsOptions, { onData, memory }: SocketReader): Socket {
  const { secure, host, port } = origin;
  if (secure) return dial(origin, tls).on('data', onData);
  // `onread` avoids a stream event and a new buffer for every answer: docs/performance.md.
  const buffer = () => memory() ?? incoming;
  const callback = (length: number, bytes: Uint8Array) => {
    onData((bytes as Buffer).subarray(0, length));
    return true;
  };
  return connectPlain({ host, port, noDelay: true, onread: { buffer, callback } });
}

/** Begins to connect to an origin, with TLS if it is `https`. The socket is read as any stream. */
export function dial(origin: Origin, tls: TlsOptions): Socket {
  const { secure, host, port } = origin;
  if (!secure) return connectPlain({ host, port, noDelay: true });
  return connectTls({ host, port, ...tlsSettings(host, tls) }).setNoDelay(true);
}

/** Begins TLS with a host over a connected socket, such as the tunnel of a proxy. */
export function tlsOver(socket: Socket, host: string, tls: TlsOptions): TLSSocket {
  return connectTls({ socket, host, ...tlsSettings(host, tls) });
}

/**
 * Cache: context with the certificates that Node.js trusts. All connections share it, since making one takes CPU time:
 * docs/performance.md.
 */
let usualTrust: SecureContext | undefined;

function tlsSettings(host: string, { trust, session }: TlsOptions): ConnectionOptions {
  usualTrust ??= trust ? undefined : createSecureContext();
  return {
    ALPNProtocols: ['http/1.1'],
    // Set explicitly, because NODE_TLS_REJECT_UNAUTHORIZED=0 would turn off the default.
    rejectUnauthorized: true,
    ...(isIP(host) === 0 && { servername: host }),
    secureContext: trust ?? usualTrust,
    ...(session && { session }),
  };
}
