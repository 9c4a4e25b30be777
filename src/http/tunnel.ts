import type { Socket } from 'node:net';
import { AnswerParser, type HttpAnswer } from './answer-parser.ts';
import { dial, type TlsOptions } from './open-socket.ts';
import { authorityOf, type Origin } from './origin.ts';
import type { HttpProxy } from './proxy.ts';

/** Refusals that may be temporary (timeout, too many requests), besides every status from 500. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 429]);

/** A proxy refused to open a tunnel. Code `ProxyRefused` is permanent; `ECONNREFUSED` may be temporary. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: 'ProxyRefused' | 'ECONNREFUSED';

  constructor({ status }: HttpAnswer, target: Origin) {
    super(`the proxy answered ${status} to CONNECT ${authorityOf(target)}`);
    this.code = status >= 500 || TRANSIENT_STATUSES.has(status) ? 'ECONNREFUSED' : 'ProxyRefused';
  }
}

/**
 * Asks a proxy for a connection to the target (https://www.rfc-editor.org/rfc/rfc9110#name-connect).
 *
 * @param onOpen Called once, when bytes written to the socket reach the target. Until then the caller must not use the
 * socket.
 * @returns the socket to the proxy. If the tunnel fails, it is destroyed with a ProxyError or the system's error.
 */
export function openTunnel(
  proxy: HttpProxy,
  target: Origin,
  tls: Pick<TlsOptions, 'trust'>,
  onOpen: (socket: Socket) => void,
): Socket {
  const socket = dial(proxy.origin, tls);
  const parser = new AnswerParser(true);
  const onEnd = () => socket.destroy();
  const onData = (bytes: Buffer) => {
    try {
      const answer = parser.push(bytes);
      if (answer === undefined) return;
      if (!isOpen(answer, parser)) throw new ProxyError(answer, target);
    } catch (error) {
      socket.destroy(error as Error);
      return;
    }
    socket.off('data', onData).off('end', onEnd).pause();
    onOpen(socket);
  };
  socket.on('data', onData).on('end', onEnd);
  socket.write(connectRequest(proxy, target), 'latin1');
  return socket;
}

/** Bytes after the proxy's answer cannot be from the target: in TLS the client speaks first. */
function isOpen({ status }: HttpAnswer, { surplus }: AnswerParser): boolean {
  return status >= 200 && status < 300 && surplus === 0;
}

function connectRequest({ authorization }: HttpProxy, target: Origin): string {
  const authority = authorityOf(target);
  const signIn = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${signIn}\r\n`;
}
