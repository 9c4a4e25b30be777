import type { Allowance } from '../core/allowance.ts';
import { BackupError } from '../core/errors.ts';
import type { Reason } from './item.ts';

/** A limit on the bytes of content that all files of a run together may send. */
export interface TransferLimit {
  /** The whole limit in bytes. */
  readonly bytes: number;
  /** Takes so many bytes if the limit still has them. Returns, or resolves to, whether it had. */
  take(bytes: number): boolean | Promise<boolean>;
  /** Gives back bytes that were taken and not sent. */
  giveBack(bytes: number): void;
}

/** The transfer limit of a run, in the process that knows what all processes of the run send. */
export class RunTransferLimit implements TransferLimit {
  readonly bytes: number;
  /** Bytes that were neither sent nor promised to a file that is being sent. */
  #free: number;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.#free = bytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#free += bytes;
  }
}

/**
 * What one file may send. Its whole size is taken from the limit before its first byte is sent, so that a file that was begun
 * can also be ended. Bytes that are sent again are taken on top of that, or the file fails.
 */
export class FileAllowance implements Allowance {
  readonly #limit: TransferLimit;
  /** Bytes of the file's size that are not sent yet. */
  #promised: number;

  private constructor(limit: TransferLimit, size: number) {
    this.#limit = limit;
    this.#promised = size;
  }

  /** Takes the size of a file from the limit. Resolves to undefined if it does not have as much. */
  static async of(limit: TransferLimit, size: number): Promise<FileAllowance | undefined> {
    return (await limit.take(size)) ? new FileAllowance(limit, size) : undefined;
  }

  async take(bytes: number, isRepeat: boolean): Promise<void> {
    const promised = isRepeat ? 0 : Math.min(bytes, this.#promised);
    this.#promised -= promised;
    if (bytes === promised || (await this.#limit.take(bytes - promised))) return;
    this.#promised += promised;
    throw limitReached(this.#limit);
  }

  giveBack(bytes: number, isRepeat: boolean): void {
    if (isRepeat) this.#limit.giveBack(bytes);
    else this.#promised += bytes;
  }

  /** Gives back what was not sent: bytes that an earlier run had stored, or those of a file that failed. */
  end(): void {
    this.#limit.giveBack(this.#promised);
    this.#promised = 0;
  }
}

/** The error that ends a run which may not send the next file, or may not send a body again. */
export function limitReached({ bytes }: Pick<TransferLimit, 'bytes'>): BackupError {
  return new BackupError(
    'MAX_TRANSFER',
    `The run may send ${bytes} bytes, and what comes next does not fit into the rest.`,
    { hint: 'Nothing is lost: run it again to continue, or raise `maxTransferBytes`.' },
  );
}

/** Reason why no run with this limit can send a file; undefined if one can. */
export function whyNeverSent(size: number, maxBytes: number): Reason | undefined {
  if (size <= maxBytes) return undefined;
  return { code: 'FILE_TOO_LARGE', reason: `it has ${size} bytes, and a run may send ${maxBytes} at most` };
}
