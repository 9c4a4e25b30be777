import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { Origin } from './origin.ts';

export interface TlsOptions {
  /** Whose certificates are trusted. Default: those that Node.js trusts. */
  readonly trust?: SecureContext | undefined;
  /** Of an earlier TLS connection to the same origin, to be resumed. */
  readonly session?: Buffer | undefined;
}

/** What plain sockets read into: each is done with it before the next one reads. */
const incoming = Buffer.allocUnsafeSlow(64 * 1024);

/** A socket that is about to be connected, and tells of what arrives at once. */
export function openSocket(origin: Origin, tls: TlsOptions, onData: (bytes: Buffer) => void): Socket {
  const { secure, host, port } = origin;
  if (secure) return dial(origin, tls).on('data', onData);
  // Without a stream and memory of its own for every answer, which take 2 µs and the garbage collector's time.
  const callback = (length: number) => {
    onData(incoming.subarray(0, length));
    return true;
  };
  return connectPlain({ host, port, noDelay: true, onread: { buffer: incoming, callback } });
}

/** A socket that is about to be connected, and is a stream like any other. */
export function dial(origin: Origin, tls: TlsOptions): Socket {
  const { secure, host, port } = origin;
  if (!secure) return connectPlain({ host, port, noDelay: true });
  return connectTls({ host, port, ...tlsSettings(host, tls) }).setNoDelay(true);
}

/** TLS to a host at the far end of a socket that is connected. */
export function tlsOver(socket: Socket, host: string, tls: TlsOptions): TLSSocket {
  return connectTls({ socket, host, ...tlsSettings(host, tls) });
}

function tlsSettings(host: string, { trust, session }: TlsOptions): ConnectionOptions {
  return {
    ALPNProtocols: ['http/1.1'],
    // Said, because NODE_TLS_REJECT_UNAUTHORIZED=0 turns it off where it is not.
    rejectUnauthorized: true,
    ...(isIP(host) === 0 && { servername: host }),
    ...(trust && { secureContext: trust }),
    ...(session && { session }),
  };
}
