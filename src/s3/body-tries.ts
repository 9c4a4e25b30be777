import type { Allowance } from '../core/allowance.ts';
import { systemCode } from '../core/errors.ts';
import { NOT_REACHED } from './error-codes.ts';

const UNSENT: ReadonlySet<string> = new Set(NOT_REACHED);

/** The tries to send one body. Each takes its bytes from what the file may send, unless no connection was made. */
export class BodyTries {
  readonly #allowance: Allowance;
  readonly #bytes: number;
  #wasSent = false;

  /** @param bytes Size of the body. */
  constructor(allowance: Allowance, bytes: number) {
    this.#allowance = allowance;
    this.#bytes = bytes;
  }

  /** Sends the body once. @throws BackupError `MAX_TRANSFER` if it may not be sent; and what `send` throws */
  async send<T>(send: () => Promise<T>): Promise<T> {
    const isRepeat = this.#wasSent;
    await this.#allowance.take(this.#bytes, isRepeat);
    this.#wasSent = true;
    try {
      return await send();
    } catch (error) {
      if (UNSENT.has(systemCode(error) ?? '')) {
        this.#wasSent = isRepeat;
        this.#allowance.giveBack(this.#bytes, isRepeat);
      }
      throw error;
    }
  }
}

/** Makes the counter of a body's tries; undefined if the run has no limit on bytes. */
export function triesOf(allowance: Allowance | undefined, bytes: number): BodyTries | undefined {
  return allowance && new BodyTries(allowance, bytes);
}
