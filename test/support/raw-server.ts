import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { Origin } from '../../src/http/origin.ts';

export interface RawRequest {
  /** `GET / HTTP/1.1` */
  readonly line: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The server's end of one connection: nothing is answered but what a test writes. */
export class Peer {
  readonly socket: Socket;
  /** 0 for the server's first connection. */
  readonly number: number;
  readonly closed: Promise<void>;
  /** What came and was not read. Joined only when it is looked into: a large body comes in thousands of pieces. */
  #pieces: Buffer[] = [];
  #length = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, number: number) {
    this.socket = socket.setNoDelay(true);
    this.number = number;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.#pieces.push(bytes);
      this.#length += bytes.length;
      this.#wake();
    });
    for (const event of ['end', 'close']) socket.on(event, () => this.#end());
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  async #until(isThere: () => boolean): Promise<boolean> {
    while (!isThere()) {
      if (this.#ended) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return true;
  }

  #joined(): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.#pieces;
    const joined = others.length === 0 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }

  #take(length: number): Buffer {
    const joined = this.#joined();
    this.#pieces = [joined.subarray(length)];
    this.#length -= length;
    return joined.subarray(0, length);
  }

  /** The head of the next request; undefined when there is none any more. Its body stays unread. */
  async head(): Promise<Omit<RawRequest, 'body'> | undefined> {
    if (!(await this.#until(() => this.#joined().includes('\r\n\r\n')))) return undefined;
    const end = this.#joined().indexOf('\r\n\r\n');
    const [line = '', ...rest] = this.#take(end + 4)
      .toString('latin1', 0, end)
      .split('\r\n');
    const pairs = rest.map((header) => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
    });
    return { line, headers: Object.fromEntries(pairs) };
  }

  /** The next request, read whole. */
  async request(): Promise<RawRequest | undefined> {
    const head = await this.head();
    if (head === undefined) return undefined;
    const length = Number(head.headers['content-length'] ?? 0);
    if (!(await this.#until(() => this.#length >= length))) return undefined;
    return { ...head, body: this.#take(length) };
  }

  write(answer: string | Buffer): void {
    this.socket.write(answer, 'latin1');
  }

  /** Writes it in pieces of this size, each as a packet of its own. */
  async trickle(answer: string | Buffer, size = 1): Promise<void> {
    const bytes = Buffer.from(answer as string, 'latin1');
    for (let at = 0; at < bytes.length && !this.socket.destroyed; at += size) {
      this.write(bytes.subarray(at, at + size));
      await sleep(1);
    }
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.socket.end();
  }

  /** Ends the connection with a RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}

export interface RawServer {
  readonly port: number;
  readonly origin: Origin;
  /** Every connection so far. */
  readonly peers: readonly Peer[];
}

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** A server on 127.0.0.1 that does with every connection what the test says. All are ended after the test. */
export async function useRawServer(
  t: TestContext,
  serve: (peer: Peer) => Promise<void> | void,
  tls?: Certificate,
): Promise<RawServer> {
  const peers: Peer[] = [];
  const failures: unknown[] = [];
  const accept = (socket: Socket) => {
    const peer = new Peer(socket, peers.length);
    peers.push(peer);
    Promise.resolve(serve(peer)).catch((error) => failures.push(error));
  };
  const server: Server = tls ? createTlsServer(tls, accept) : createServer(accept);
  if (tls) server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  t.after(async () => {
    for (const { socket } of peers) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    if (failures.length > 0) throw failures[0];
  });
  return { port, origin: { secure: tls !== undefined, host: '127.0.0.1', port }, peers };
}

export interface AnsweringServer extends RawServer {
  readonly requests: readonly RawRequest[];
}

/** A server that answers the first request with the first answer and so on, over however many connections. */
export async function useAnswers(
  t: TestContext,
  answers: (request: RawRequest, index: number) => string | Buffer,
  tls?: Certificate,
): Promise<AnsweringServer> {
  const requests: RawRequest[] = [];
  const server = await useRawServer(
    t,
    async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        peer.write(answers(request, requests.push(request) - 1));
      }
    },
    tls,
  );
  return { ...server, requests };
}

/** An answer with these headers, and its length. */
export function answer(status: number, body = '', headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Some Words\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
