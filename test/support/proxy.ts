import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Certificate } from './raw-server.ts';

export interface ProxyOptions {
  /** `user:password` that is demanded. */
  readonly credentials?: string;
  /** Statuses to answer the first requests with, instead of passing them on. */
  readonly refusals?: readonly number[];
  /** Spoken to with TLS, by this certificate. */
  readonly tls?: Certificate;
}

export interface TestProxy {
  /** `host:port` */
  readonly address: string;
  /** What it was asked, in order: `CONNECT host:port`, `PUT http://host:port/path`. */
  readonly asked: readonly string[];
}

/** A proxy on 127.0.0.1 that opens tunnels, and passes on what comes in absolute form. It is ended after the test. */
export async function useProxy(t: TestContext, options: ProxyOptions = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const refusals = [...(options.refusals ?? [])];
  const refusalOf = ({ method, url, headers }: IncomingMessage): number | undefined => {
    asked.push(`${method} ${url}`);
    return isSignedIn(headers['proxy-authorization'], options) ? refusals.shift() : 407;
  };
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const status = refusalOf(incoming);
    if (status === undefined) passOn(incoming, outgoing);
    else outgoing.writeHead(status).end('<html>refused</html>');
  };
  const server = options.tls ? createTlsServer(options.tls, forward) : createServer(forward);
  server.on('connect', (incoming: IncomingMessage, near: Socket) => {
    const status = refusalOf(incoming);
    near.on('error', () => undefined);
    if (status !== undefined) near.end(`HTTP/1.1 ${status} Some Words\r\ncontent-length: 2\r\n\r\nno`);
    else openTunnel(incoming.url ?? '', near);
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function isSignedIn(given: string | undefined, { credentials }: ProxyOptions): boolean {
  return credentials === undefined || given === `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** What is for the proxy goes no further. */
function passOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url = '' } = incoming;
  const { 'proxy-authorization': _signIn, ...headers } = incoming.headers;
  const far = request(url, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  far.on('error', () => outgoing.destroy());
  incoming.pipe(far);
}

function openTunnel(target: string, near: Socket): void {
  const { hostname, port } = new URL(`http://${target}`);
  const far = connect(Number(port), hostname.replace(/^\[(.*)\]$/, '$1'), () => {
    near.write('HTTP/1.1 200 Connection established\r\n\r\n');
    near.pipe(far).pipe(near);
  });
  far.on('error', () => near.destroy());
  near.on('close', () => far.destroy());
}
