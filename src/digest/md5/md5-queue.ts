import { LANES } from './lanes-code.ts';
import { md5EachInTurns } from './md5-each.ts';

/** Smaller bodies are not worth waiting for others. In bytes. */
const GATHERED_BYTES = 1024 * 1024;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly done: (md5: Buffer) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Computes the MD5s of bodies that come one by one. Bodies that come within one turn of the event loop, or while others
 * are in work, are worked on together.
 */
export class Md5Queue {
  readonly #gatherMs: number;
  #waiting: Waiting[] = [];
  #busy = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param gatherMs How long a body of 1 MiB or more waits for others, so that they fill the lanes. In milliseconds; default 0:
   * it does not wait.
   */
  constructor(gatherMs = 0) {
    this.#gatherMs = gatherMs;
  }

  /** @param bytes Must not change until it is done. */
  digest(bytes: Uint8Array): Promise<Buffer> {
    return new Promise((done, failed) => {
      this.#waiting.push({ bytes, done, failed });
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#busy || this.#waiting.length === 0) return;
    if (this.#mayGather()) {
      this.#timer ??= setTimeout(() => this.#workSoon(), this.#gatherMs);
      return;
    }
    this.#workSoon();
  }

  #mayGather(): boolean {
    if (this.#gatherMs === 0 || this.#waiting.length >= LANES) return false;
    return this.#waiting.every(({ bytes }) => bytes.length >= GATHERED_BYTES);
  }

  #workSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#busy = true;
    setImmediate(() => this.#work());
  }

  async #work(): Promise<void> {
    do {
      const batch = this.#waiting.splice(0);
      try {
        const digests = await md5EachInTurns(batch.map(({ bytes }) => bytes));
        for (const [index, { done }] of batch.entries()) done(digests[index] as Buffer);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    } while (this.#waiting.length > 0 && !this.#mayGather());
    this.#busy = false;
    this.#begin();
  }
}
