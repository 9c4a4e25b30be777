import { md5EachInTurns } from './md5-each.ts';

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
  #waiting: Waiting[] = [];
  #busy = false;

  /** @param bytes Must not change until it is done. */
  digest(bytes: Uint8Array): Promise<Buffer> {
    return new Promise((done, failed) => {
      this.#waiting.push({ bytes, done, failed });
      if (this.#busy) return;
      this.#busy = true;
      setImmediate(() => this.#work());
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        const digests = await md5EachInTurns(batch.map(({ bytes }) => bytes));
        for (const [index, { done }] of batch.entries()) done(digests[index] as Buffer);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#busy = false;
  }
}
