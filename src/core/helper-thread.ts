import { Worker } from 'node:worker_threads';

interface Waiting<A> {
  readonly done: (answer: A) => void;
  readonly failed: (error: Error) => void;
}

/**
 * A thread that answers requests in their order, begun with the first one. It keeps the process alive while it owes an
 * answer, no longer. When it is lost, all that it owes fails, and the next request begins another one.
 */
export class HelperThread<Q, A> {
  readonly #handler: string;
  #running: RunningThread<Q, A> | undefined;

  /**
   * @param handler The text of a CommonJS expression: a function from a request to its answer. As text, since a worker of
   * Node.js 20 can load neither TypeScript nor what a bundler has swallowed.
   */
  constructor(handler: string) {
    this.#handler = handler;
  }

  /** @throws what the handler throws: it ends the thread, and with it all requests that wait */
  ask(request: Q): Promise<A> {
    if (this.#running === undefined || this.#running.isLost) this.#running = new RunningThread(this.#handler);
    return this.#running.ask(request);
  }
}

class RunningThread<Q, A> {
  readonly #worker: Worker;
  readonly #waiting: Waiting<A>[] = [];
  isLost = false;

  constructor(handler: string) {
    const code = `const { parentPort } = require('node:worker_threads');
      const handle = ${handler};
      parentPort.on('message', (request) => parentPort.postMessage(handle(request)));`;
    // Flags such as --input-type are for the program, and descriptors that it closes were opened elsewhere.
    this.#worker = new Worker(code, { eval: true, execArgv: [], trackUnmanagedFds: false });
    this.#worker.on('message', (answer: A) => {
      this.#waiting.shift()?.done(answer);
      this.#keepAliveWhileOwing();
    });
    this.#worker.on('error', (error) => this.#lose(error));
    this.#worker.on('exit', (status) => this.#lose(new Error(`a helper thread ended with code ${status}`)));
    this.#worker.unref();
  }

  async ask(request: Q): Promise<A> {
    this.#worker.postMessage(request);
    const answer = new Promise<A>((done, failed) => this.#waiting.push({ done, failed }));
    this.#keepAliveWhileOwing();
    return answer;
  }

  #keepAliveWhileOwing(): void {
    if (this.#waiting.length > 0) this.#worker.ref();
    else this.#worker.unref();
  }

  #lose(error: Error): void {
    this.isLost = true;
    for (const { failed } of this.#waiting.splice(0)) failed(error);
  }
}
