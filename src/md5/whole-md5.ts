import { HelperThread } from '../helper-thread.ts';

/** Bytes to be added to the hash of a file, or undefined when it has come to its end. */
interface Request {
  readonly file: number;
  readonly bytes?: Uint8Array | undefined;
}

/** One thread for all files: MD5 is a chain, so a second one could only serve another file. */
const thread = new HelperThread<Request, string | undefined>(`(() => {
  const { createHash } = require('node:crypto');
  const hashes = new Map();
  return ({ file, bytes }) => {
    const hash = hashes.get(file) ?? createHash('md5');
    if (bytes) {
      hashes.set(file, hash.update(bytes));
      return undefined;
    }
    hashes.delete(file);
    return hash.digest('hex');
  };
})()`);

let files = 0;

/**
 * The MD5 of one large file, computed in another thread while its parts are sent, so that it costs CPU but no time. Memory
 * that threads can share is not copied.
 */
export class WholeMd5 {
  readonly #file: number;

  constructor() {
    files += 1;
    this.#file = files;
  }

  /** Adds bytes, in the order of the calls. They must not change until this is done. */
  async update(bytes: Uint8Array): Promise<void> {
    await thread.ask({ file: this.#file, bytes });
  }

  /** In hex. To be called once, also where the result is not needed any more. */
  async digest(): Promise<string> {
    return (await thread.ask({ file: this.#file })) ?? '';
  }
}
