import { Worker } from 'node:worker_threads';

interface Waiting<A> {
  readonly done: (answer: A) => void;
  readonly failed: (error: Error) => void;
}

/**
 * A thread that answers requests in order. It starts with the first request, and keeps the process alive only while answers are
 * pending. If it is lost, all pending requests fail, and the next one starts a new thread.
 */
export class HelperThread<Q, A> {
  readonly #handler: string;
  #running: RunningThread<Q, A> | undefined;

  /**
   * @param handler Source text of a CommonJS expression: a function from a request to its answer. It is text because a worker
   * of Node.js 20 can load neither TypeScript nor modules inside a bundle.
   */
  constructor(handler: string) {
    this.#handler = handler;
  }

  /**
   * Sends a request to the thread.
   *
   * @throws what the handler throws; such an error ends the thread and fails all pending requests
   */
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
    // Flags such as --input-type are meant for the program, and the descriptors that the thread closes were opened elsewhere.
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
