import { randomUUID } from 'node:crypto';
import { HelperThread } from '../../core/helper-thread.ts';

/** Bytes to be added to the hash of a file, or undefined when it has come to its end. */
interface Request {
  readonly file: string;
  /** How many times bytes were added to it before. */
  readonly updates: number;
  readonly bytes?: Uint8Array | undefined;
}

/**
 * One thread for all files: MD5 is a chain, so a second one could only serve another file. A hash that lacks what a lost
 * thread has seen is no hash of the file, so it is not answered.
 */
const thread = new HelperThread<Request, string | undefined>(`(() => {
  const { createHash } = require('node:crypto');
  // node:crypto takes less than 2 GiB at once.
  const PIECE = 2 ** 30;
  const files = new Map();
  return ({ file, updates, bytes }) => {
    const state = files.get(file) ?? { hash: createHash('md5'), updates: 0 };
    if (state.updates !== updates) return undefined;
    if (bytes === undefined) {
      files.delete(file);
      return state.hash.digest('hex');
    }
    let at = 0;
    do state.hash.update(bytes.subarray(at, (at += PIECE)));
    while (at < bytes.length);
    state.updates += 1;
    files.set(file, state);
    return '';
  };
})()`);

/**
 * The MD5 of one large file, computed in another thread while its parts are sent, so that it costs CPU but no time. Memory
 * that threads can share is not copied.
 */
export class WholeMd5 {
  readonly #file = randomUUID();
  #updates = 0;

  /**
   * Adds bytes, in the order of the calls. They must not change until this is done.
   *
   * @throws where the thread was lost
   */
  update(bytes: Uint8Array): Promise<void> {
    const updates = this.#updates;
    this.#updates += 1;
    return this.#ask({ file: this.#file, updates, bytes }).then(() => undefined);
  }

  /** In hex. To be called once. @throws where the thread was lost */
  digest(): Promise<string> {
    return this.#ask({ file: this.#file, updates: this.#updates });
  }

  /** Instead of `digest`, or after it failed: the thread need not keep the hash any longer. */
  async forget(): Promise<void> {
    await this.digest().catch(() => undefined);
  }

  async #ask(request: Request): Promise<string> {
    const answer = await thread.ask(request);
    if (answer === undefined) throw new Error('the thread that computes MD5s was lost');
    return answer;
  }
}
