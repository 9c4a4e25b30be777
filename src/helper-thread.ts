import { Worker } from 'node:worker_threads';

interface Waiting<A> {
  readonly done: (answer: A) => void;
  readonly failed: (error: Error) => void;
}

/**
 * A thread that answers requests in their order, begun with the first one. It keeps the process alive while it owes an
 * answer, no longer.
 */
export class HelperThread<Q, A> {
  readonly #handler: string;
  #worker: Worker | undefined;
  #waiting: Waiting<A>[] = [];

  /**
   * @param handler The text of a CommonJS expression: a function from a request to its answer. As text, since a worker of
   * Node.js 20 can load neither TypeScript nor what a bundler has swallowed.
   */
  constructor(handler: string) {
    this.#handler = handler;
  }

  /** @throws what the handler throws: it ends the thread, and with it all requests that wait */
  ask(request: Q): Promise<A> {
    const worker = this.#worker ?? this.#begin();
    return new Promise((done, failed) => {
      this.#waiting.push({ done, failed });
      worker.ref();
      worker.postMessage(request);
    });
  }

  #begin(): Worker {
    const code = `const { parentPort } = require('node:worker_threads');
      const handle = ${this.#handler};
      parentPort.on('message', (request) => parentPort.postMessage(handle(request)));`;
    const worker = new Worker(code, { eval: true, trackUnmanagedFds: false });
    worker.on('message', (answer: A) => {
      this.#waiting.shift()?.done(answer);
      if (this.#waiting.length === 0) worker.unref();
    });
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', (code) => this.#end(new Error(`a helper thread ended with code ${code}`)));
    this.#worker = worker;
    return worker;
  }

  #end(error: Error): void {
    this.#worker = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { failed } of waiting) failed(error);
  }
}
