import { Worker } from 'node:worker_threads';

/** Bytes to be added to the hash of a file, or undefined when it has come to its end. Answered in their order. */
interface ThreadRequest {
  readonly file: number;
  readonly bytes?: Uint8Array | undefined;
}

/** As text, since a worker of Node.js 20 can load neither TypeScript nor what a bundler has swallowed. */
const THREAD = `
  const { createHash } = require('node:crypto');
  const { parentPort } = require('node:worker_threads');
  const hashes = new Map();
  parentPort.on('message', ({ file, bytes }) => {
    const hash = hashes.get(file) ?? createHash('md5');
    if (bytes) hashes.set(file, hash.update(bytes));
    else hashes.delete(file);
    parentPort.postMessage(bytes ? undefined : hash.digest('hex'));
  });
`;

interface Waiting {
  readonly done: (md5: string | undefined) => void;
  readonly failed: (error: Error) => void;
}

/** One thread for all files: MD5 is a chain, so a second one could only serve another file. Begun with the first file. */
class Md5Thread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  files = 0;

  #failure: Error | undefined;

  constructor() {
    this.#worker = new Worker(THREAD, { eval: true });
    this.#worker.on('message', (md5?: string) => {
      this.#waiting.shift()?.done(md5);
      if (this.#waiting.length === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', (code) => this.#end(new Error(`the thread for MD5s ended with code ${code}`)));
    this.#worker.unref();
  }

  #end(error: Error): void {
    this.#failure ??= error;
    thread = undefined;
    for (const { failed } of this.#waiting.splice(0)) failed(this.#failure);
  }

  ask(request: ThreadRequest): Promise<string | undefined> {
    return new Promise((done, failed) => {
      if (this.#failure) {
        failed(this.#failure);
        return;
      }
      this.#waiting.push({ done, failed });
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }
}

let thread: Md5Thread | undefined;

/**
 * The MD5 of one large file, computed in another thread while its parts are sent, so that it costs CPU but no time. Memory
 * that threads can share is not copied.
 */
export class WholeMd5 {
  readonly #thread: Md5Thread;
  readonly #file: number;

  constructor() {
    thread ??= new Md5Thread();
    this.#thread = thread;
    thread.files += 1;
    this.#file = thread.files;
  }

  /** Adds bytes, in the order of the calls. They must not change until this is done. */
  async update(bytes: Uint8Array): Promise<void> {
    await this.#thread.ask({ file: this.#file, bytes });
  }

  /** In hex. To be called once, also where the result is not needed any more. */
  async digest(): Promise<string> {
    return (await this.#thread.ask({ file: this.#file })) ?? '';
  }
}
