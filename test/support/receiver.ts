import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A request that came to a receiver. */
export interface Received {
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver answers; `hang` never answers, `reset` closes the connection. */
export type ReceiverAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'hang'
  | 'reset';

export interface Receiver {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly received: readonly Received[];
}

/**
 * Starts an HTTP server that records every request, for one test.
 *
 * @param answer Decides what the n-th request (from 1) gets. Default: 200 `OK`.
 */
export async function useReceiver(
  t: TestContext,
  answer: (request: Received, number: number) => ReceiverAnswer = () => ({ status: 200, body: 'OK' }),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { method = '', url: path = '', headers } = request;
    received.push({ method, path, headers, body: Buffer.concat(pieces).toString() });
    const given = answer(received.at(-1) as Received, received.length);
    if (given === 'reset') request.socket.destroy();
    else if (given !== 'hang') response.writeHead(given.status, given.headers).end(given.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
