import { systemCode } from '../core/errors.ts';
import type { BodyReceiver } from '../http/answer-parser.ts';
import type { ReadPace } from '../source/read-pace.ts';
import { RestoreError } from './restore-error.ts';
import type { TargetRoot } from './target.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** Bytes that are written at once: they are still in the processor's cache, and one call costs little beside them. */
const WRITE_BYTES = 256 * 1024;

/** The file and place that a range is written to. */
export interface RangePlace {
  readonly temporary: TemporaryFile;
  readonly target: TargetRoot;
  /** Whether writes block, by how long they have taken of late. */
  readonly pace: ReadPace;
  /** Offset of the range in the file, in bytes. */
  readonly start: number;
}

/**
 * Keeps the bytes of one range in memory for their digest, and writes them to the file while they arrive. On a slow file
 * system it writes the rest of a range in the thread pool when all bytes are there, so that other downloads continue.
 */
export class RangeReceiver {
  readonly #bytes: Buffer;
  readonly #place: RangePlace;
  #filled = 0;
  #written = 0;
  /** Whether the rest is written at the end. It may be many megabytes by then, which must not block. */
  #isDeferred = false;
  #failure: unknown;

  /** @param bytes Memory for the whole range. */
  constructor(bytes: Buffer, place: RangePlace) {
    this.#bytes = bytes;
    this.#place = place;
  }

  /** Takes bytes as they arrive; an answer that is repeated begins at 0 again. */
  readonly receive: BodyReceiver = (piece, at) => {
    if (at < this.#filled) this.#written = Math.min(this.#written, at);
    this.#bytes.set(piece, at);
    this.#filled = at + piece.length;
    const isMuch = this.#filled - this.#written >= WRITE_BYTES || this.#filled === this.#bytes.length;
    if (isMuch && !this.#isDeferred && this.#failure === undefined) this.#writeUnlessSlow();
  };

  /** An error must not look like one of the connection, which would be answered by another request. */
  #writeUnlessSlow(): void {
    const { temporary, target, pace, start } = this.#place;
    if (!pace.mayBlock(target.path)) {
      this.#isDeferred = true;
      return;
    }
    try {
      pace.watch(() =>
        temporary.writeNow(this.#bytes.subarray(this.#written, this.#filled), start + this.#written),
      );
      this.#written = this.#filled;
    } catch (error) {
      this.#failure = error;
    }
  }

  /**
   * Writes what is not written yet.
   *
   * @returns the bytes of the range
   * @throws RestoreError `WRITE_FAILED` if the file system writes in order only, or the system's error
   */
  async finish(): Promise<Buffer> {
    const { temporary, start } = this.#place;
    const bytes = this.#bytes.subarray(0, this.#filled);
    try {
      if (this.#failure !== undefined) throw this.#failure;
      await temporary.write(bytes.subarray(this.#written), start + this.#written);
    } catch (error) {
      throw systemCode(error) === 'ESPIPE' ? inOrderOnly() : error;
    }
    return bytes;
  }
}

function inOrderOnly(): RestoreError {
  const reason = 'its file system writes a file only from its beginning to its end';
  return new RestoreError('WRITE_FAILED', `${reason} (rclone mount: --vfs-cache-mode writes)`);
}
