import type { Writable } from 'node:stream';
import { systemCode, systemMessage } from '../core/errors.ts';
import type { RunControl } from '../flow/run-control.ts';
import { RestoreError, stoppedError } from './restore-error.ts';

/** Most bytes of one write, so that other work has its turn in between. */
const SLICE_BYTES = 1024 * 1024;

/** Codes of a failed write that say that nobody reads any more: the other end of a pipe or of a terminal is gone. */
const NO_READER: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'EIO', 'ERR_STREAM_DESTROYED']);

/** Writes to a stream of the caller, as fast as its reader takes the bytes, and never ends it. */
export class OutputWriter {
  readonly #output: Writable;
  readonly #control: RunControl;
  /** Number of bytes that the stream has taken. */
  bytes = 0;
  /** Whether a write has failed since the reader has left (`| head`). */
  hasNoReader = false;

  /** @param control Its stop ends a write that waits for the reader. */
  constructor(output: Writable, control: RunControl) {
    this.#output = output;
    this.#control = control;
    output.on('error', ignore);
  }

  /**
   * Writes all bytes. They must not change until the promise is resolved.
   *
   * @throws RestoreError `WRITE_FAILED`, or `INTERRUPTED` or `RUN_FAILED` if the run is stopped
   */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      const slice = bytes.subarray(at, at + SLICE_BYTES);
      await this.#writeSlice(this.#keepsBytes ? Buffer.from(slice) : slice);
      this.bytes += slice.length;
    }
  }

  /**
   * Whether the stream may still hold bytes that it says it has taken: a PassThrough hands them on, and its reader may come later.
   * A stream with a descriptor has given them to the system.
   */
  get #keepsBytes(): boolean {
    return typeof (this.#output as { readonly fd?: unknown }).fd !== 'number';
  }

  #writeSlice(slice: Buffer): Promise<void> {
    const { stopping } = this.#control;
    return new Promise<void>((resolve, reject) => {
      const stop = () => reject(stoppedError(this.#control));
      const done = (error?: Error | null) => {
        stopping.removeEventListener('abort', stop);
        if (error) reject(this.#failed(error));
        else resolve();
      };
      if (stopping.aborted) stop();
      else {
        stopping.addEventListener('abort', stop, { once: true });
        try {
          this.#output.write(slice, done);
        } catch (error) {
          // Node.js 20 writes to a file at once and throws the error of the system.
          done(error as Error);
        }
      }
    });
  }

  #failed(error: Error): RestoreError {
    this.hasNoReader ||= NO_READER.has(systemCode(error) ?? '');
    return new RestoreError('WRITE_FAILED', `the output takes no more: ${systemMessage(error)}`);
  }

  /** Must be called once, at the end. The stream stays open. */
  close(): void {
    this.#output.off('error', ignore);
  }
}

/** The write that failed is told of the error; without a listener, the event would end the process. */
function ignore(): void {}
