import type { Socket } from 'node:net';
import { AnswerParser, type HttpAnswer } from './answer-parser.ts';
import { dial, type TlsOptions } from './open-socket.ts';
import { authorityOf, type Origin } from './origin.ts';
import type { HttpProxy } from './proxy.ts';

/** Answers that may be others a while later: too slow, too many requests. And all from 500. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 429]);

/** A proxy that does not let us through. `ProxyRefused` is for good; `ECONNREFUSED`, where it does not get there itself, may pass. */
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
 * @param onOpen Told once, when what is written to the socket reaches the target. Until then the socket belongs to the
 * tunnel; where none comes about it is destroyed, with a ProxyError or the system's error.
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

/** Whoever speaks before the client does is not the target: in TLS the client begins. */
function isOpen({ status }: HttpAnswer, { surplus }: AnswerParser): boolean {
  return status >= 200 && status < 300 && surplus === 0;
}

function connectRequest({ authorization }: HttpProxy, target: Origin): string {
  const authority = authorityOf(target);
  const signIn = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${signIn}\r\n`;
}
