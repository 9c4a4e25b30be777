import { Batch } from '../../flow/batch.ts';
import type { TransferLimit } from '../../flow/transfer-limit.ts';
import type { FromChild } from './messages.ts';

/** Sizes that are asked for with one message. */
const SIZES_PER_MESSAGE = 256;
/** When an incomplete message of sizes is sent, in milliseconds. */
const TIMES = { idleMs: 1, longestMs: 5 };

/** The transfer limit of a run in a child process. It asks the parent, which knows what all processes send. */
export class AskedTransferLimit implements TransferLimit {
  readonly bytes: number;
  readonly #tell: (message: FromChild) => void;
  readonly #asked: Batch<number>;
  /** Callers that wait for an answer, in the order of their asks. */
  readonly #waiting: ((granted: boolean) => void)[] = [];

  /** @param bytes The limit of the whole run. */
  constructor(bytes: number, tell: (message: FromChild) => void) {
    this.bytes = bytes;
    this.#tell = tell;
    this.#asked = new Batch(SIZES_PER_MESSAGE, TIMES, (sizes) => tell({ kind: 'ask', sizes }));
  }

  take(bytes: number): boolean | Promise<boolean> {
    if (bytes === 0) return true;
    return new Promise((answer) => {
      this.#waiting.push(answer);
      this.#asked.add(bytes);
    });
  }

  giveBack(bytes: number): void {
    if (bytes > 0) this.#tell({ kind: 'give-back', bytes });
  }

  /** Called with the answers of the parent. */
  onGranted(granted: readonly boolean[]): void {
    for (const each of granted) this.#waiting.shift()?.(each);
  }
}
