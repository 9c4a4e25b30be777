import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is wrong with the network. */
export interface NetworkFaults {
  /** Share of connections that are reset within their first 64 KiB. */
  readonly resetShare?: number;
  /** Once so many bytes have come over one connection it stands still for so long, once. */
  readonly stall?: { readonly afterBytes: number; readonly ms: number };
  /** Of all connections together, in each direction. */
  readonly bytesPerSecond?: number;
  /** There and back. */
  readonly latencyMs?: number;
}

const DOOMED_WITHIN_BYTES = 64 * 1024;

/** A network between a program and an endpoint: a TCP proxy that fails on purpose. */
export class FaultyProxy {
  readonly #target: number;
  readonly #faults: NetworkFaults;
  readonly #lines: { readonly up: Line; readonly down: Line };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isCut = false;
  /** Connections so far, those too that were cut at once. */
  connections = 0;
  resets = 0;
  stalls = 0;

  constructor(target: number, faults: NetworkFaults) {
    const { bytesPerSecond = Number.POSITIVE_INFINITY } = faults;
    this.#target = target;
    this.#faults = faults;
    this.#lines = { up: new Line(bytesPerSecond), down: new Line(bytesPerSecond) };
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Takes connections, at the same port as before. */
  async open(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Resets every connection, and refuses new ones. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#resetAll();
    await closed;
  }

  /** Resets every connection, and new ones as soon as they are made, so that they can be counted; until `restore`. */
  cut(): void {
    this.#isCut = true;
    this.#resetAll();
  }

  restore(): void {
    this.#isCut = false;
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #accept(client: Socket): void {
    this.connections += 1;
    if (this.#isCut) {
      client.resetAndDestroy();
      return;
    }
    const endpoint = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    const { resetShare = 0 } = this.#faults;
    const isDoomed = Math.random() < resetShare;
    const doom = isDoomed ? Math.random() * DOOMED_WITHIN_BYTES : Number.POSITIVE_INFINITY;
    let received = 0;
    client.setNoDelay(true).on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received < doom) return;
      this.resets += 1;
      client.resetAndDestroy();
    });
    this.#carry(client, endpoint, this.#lines.up, () => this.#stallOnce(received));
    this.#carry(endpoint, client, this.#lines.down, async () => undefined);
  }

  async #stallOnce(received: number): Promise<void> {
    const { stall } = this.#faults;
    if (stall === undefined || this.stalls > 0 || received < stall.afterBytes) return;
    this.stalls += 1;
    await sleep(stall.ms);
  }

  #carry(from: Socket, to: Socket, line: Line, hold: () => Promise<void>): void {
    const { latencyMs = 0 } = this.#faults;
    let last: Promise<unknown> = Promise.resolve();
    const later = async (write: () => void) => {
      if (latencyMs > 0) await sleep(latencyMs / 2);
      if (!to.destroyed) write();
    };
    this.#sockets.add(from);
    from.on('data', async (chunk: Buffer) => {
      from.pause();
      await hold();
      await line.take(chunk.length);
      last = later(() => to.write(chunk));
      from.resume();
    });
    from.on('end', () => last.then(() => later(() => to.end())));
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      if (from.readableEnded) return;
      to.destroy();
    });
  }
}

/** What all connections share in one direction. */
class Line {
  readonly #bytesPerMs: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /** Resolves when so many bytes have passed, after those that came before. */
  async take(bytes: number): Promise<void> {
    const now = performance.now();
    this.#freeAt = Math.max(now, this.#freeAt) + bytes / this.#bytesPerMs;
    if (this.#freeAt > now + 1) await sleep(this.#freeAt - now);
  }
}

/** A network that is closed after the test. */
export async function useFaultyProxy(
  t: TestContext,
  target: { readonly port: number },
  faults: NetworkFaults = {},
): Promise<FaultyProxy> {
  const proxy = new FaultyProxy(target.port, faults);
  await proxy.open();
  t.after(() => proxy.close());
  return proxy;
}
