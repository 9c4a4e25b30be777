import { systemCode } from '../core/errors.ts';
import type { RunningMd5 } from '../digest/md5/running-md5.ts';
import type { BodyReceiver } from '../http/answer-parser.ts';
import type { CallPace } from '../source/call-pace.ts';
import { RestoreError } from './restore-error.ts';
import type { TargetRoot } from './target.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** The file and place that a range is written to. */
export interface RangePlace {
  readonly temporary: TemporaryFile;
  readonly target: TargetRoot;
  /** Whether writes block, by how long they have taken of late. */
  readonly pace: CallPace;
  /** Offset of the range in the file, in bytes. */
  readonly start: number;
  /** Size of the range in bytes. */
  readonly length: number;
  /** MD5 that the range is added to; undefined if none is needed. */
  readonly md5: RunningMd5 | undefined;
}

/**
 * Receives one range in pieces of memory. Each piece is written to the file and hashed as soon as it is full, while it is in the
 * processor's cache, and then used again. On a slow file system it is written by the thread pool, and nothing is received meanwhile.
 */
export class RangeReceiver implements BodyReceiver {
  readonly #place: RangePlace;
  readonly #free: Buffer[];
  #current: Buffer | undefined;
  /** Number of bytes in the current piece. */
  #filled = 0;
  /** Number of bytes of the range that are in pieces, or were. */
  #received = 0;
  /** Bytes for which there was no piece. */
  #surplus: Buffer[] = [];
  #inUse = 0;
  /** Writes under way, one after the other. */
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #onChange: (() => void) | undefined;
  #change: Promise<void> | undefined;

  /** @param pieces Memory that nothing else uses until `finish` or `abandon` is done. */
  constructor(pieces: readonly Buffer[], place: RangePlace) {
    this.#place = place;
    this.#free = [...pieces];
    this.#current = this.#free.pop();
  }

  memoryAt(at: number): Buffer | undefined {
    return at === this.#received && this.#surplus.length === 0
      ? this.#current?.subarray(this.#filled)
      : undefined;
  }

  /** Takes bytes as they arrive; an answer that is repeated begins at 0 again. */
  receive(bytes: Buffer, at: number): Promise<void> | undefined {
    if (at === 0) this.#beginAgain();
    if (this.#isInPlace(bytes)) this.#fill(bytes.length);
    else this.#copy(bytes);
    return this.#current === undefined && this.#inUse > 0 ? this.#untilChange() : undefined;
  }

  #isInPlace({ buffer, byteOffset }: Buffer): boolean {
    const current = this.#current;
    return buffer === current?.buffer && byteOffset === current.byteOffset + this.#filled;
  }

  #copy(bytes: Buffer): void {
    let done = 0;
    while (this.#surplus.length === 0 && this.#current && done < bytes.length) {
      const length = Math.min(bytes.length - done, this.#current.length - this.#filled);
      this.#current.set(bytes.subarray(done, done + length), this.#filled);
      this.#fill(length);
      done += length;
    }
    // The caller uses this memory for other bytes.
    if (done < bytes.length) this.#surplus.push(Buffer.from(bytes.subarray(done)));
  }

  #fill(length: number): void {
    this.#filled += length;
    this.#received += length;
    const piece = this.#current as Buffer;
    if (this.#filled < piece.length && this.#received < this.#place.length) return;
    const { start } = this.#place;
    const bytes = piece.subarray(0, this.#filled);
    this.#current = this.#free.pop();
    this.#filled = 0;
    this.#use(bytes, start + this.#received - bytes.length, piece);
  }

  /** Writes and hashes a piece; it is free when both are done. */
  #use(bytes: Buffer, position: number, piece: Buffer): void {
    this.#inUse += 1;
    let left = 2;
    const done = () => {
      left -= 1;
      if (left === 0) this.#release(piece);
    };
    this.#write(bytes, position, done);
    const { md5 } = this.#place;
    if (md5) md5.add(bytes, done);
    else done();
  }

  /** An error must not look like one of the connection, which would be answered by another request. */
  #write(bytes: Buffer, position: number, done: () => void): void {
    const { temporary, target, pace } = this.#place;
    if (this.#writing === undefined && pace.mayBlock(target.path)) {
      try {
        if (this.#failure === undefined) pace.watch(() => temporary.writeNow(bytes, position));
      } catch (error) {
        this.#failure = error;
      }
      done();
      return;
    }
    const writing = this.#writeLater(bytes, position, this.#writing).finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
      done();
    });
    this.#writing = writing;
  }

  /** Writes of one range keep their order: bytes that are received again must not come before those they replace. */
  async #writeLater(bytes: Buffer, position: number, before: Promise<void> | undefined): Promise<void> {
    await before;
    if (this.#failure !== undefined) return;
    try {
      await this.#place.temporary.write(bytes, position);
    } catch (error) {
      this.#failure = error;
    }
  }

  #release(piece: Buffer): void {
    this.#inUse -= 1;
    if (this.#current) this.#free.push(piece);
    else this.#current = piece;
    const surplus = this.#surplus.splice(0);
    for (const bytes of surplus) this.#copy(bytes);
    this.#onChange?.();
    this.#onChange = undefined;
    this.#change = undefined;
  }

  #untilChange(): Promise<void> {
    this.#change ??= new Promise((resolve) => {
      this.#onChange = resolve;
    });
    return this.#change;
  }

  #beginAgain(): void {
    if (this.#received === 0) return;
    this.#surplus = [];
    this.#received = 0;
    this.#filled = 0;
    this.#place.md5?.rewind();
  }

  /**
   * Waits until all of the range is written and hashed.
   *
   * @throws RestoreError `WRITE_FAILED` if the file system writes in order only, or the system's error
   */
  async finish(): Promise<void> {
    await this.#untilUnused();
    if (this.#failure === undefined && this.#received === this.#place.length) return;
    if (this.#failure === undefined) throw new RestoreError('OBJECT_CHANGED', 'it ended before its size');
    throw systemCode(this.#failure) === 'ESPIPE' ? inOrderOnly() : this.#failure;
  }

  /** Waits until no piece is in use. What was received is not hashed. */
  async abandon(): Promise<void> {
    this.#surplus = [];
    this.#place.md5?.rewind();
    await this.#untilUnused();
  }

  async #untilUnused(): Promise<void> {
    while (this.#inUse > 0) {
      this.#place.md5?.flush();
      await this.#untilChange();
    }
  }
}

function inOrderOnly(): RestoreError {
  const reason = 'its file system writes a file only from its beginning to its end';
  return new RestoreError('WRITE_FAILED', `${reason} (rclone mount: --vfs-cache-mode writes)`);
}
