import { createHash, hash } from 'node:crypto';
import { fdatasync as fdatasyncCallback, read as readCallback, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import type { Lease } from '../memory-budget.ts';
import { type Identity, sameState } from './identity.ts';
import { SourceError, sourceErrorFrom } from './source-error.ts';
import type { SourceFile } from './source-file.ts';

const read = promisify(readCallback);
const fdatasync = promisify(fdatasyncCallback);

/**
 * A kernel stamps times with a clock that stands still for up to 10 ms (CONFIG_HZ=100): a file that is written to twice
 * within that time can be read in between and look the same. So nothing is read that is younger than this.
 */
const CLOCK_TICK_MS = 20;

/** Twice as long as Linux lets a changed page of a file wait in memory (vm.dirty_expire_centisecs, 30 s). */
const WRITE_BACK_MS = 60_000;

/** Up to this size a blocking read is cheaper than the thread pool's round trip (about 8 against 70 µs). */
const SYNC_READ_BYTES = 128 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/**
 * The bytes of one file, read once, from one descriptor, by position, exactly as many as it had when it was opened.
 * A file of one part is read whole (`bytes`); a larger one is read while it is uploaded (`chunks`).
 */
export class SourceContent {
  readonly #file: SourceFile;
  readonly #onRead: ((bytes: number) => void) | undefined;
  /** Bytes, as of opening. */
  readonly size: number;
  /** Of the whole file, in hex; undefined until every byte was read. */
  md5: string | undefined;
  /** CRC-32 of the whole file; undefined until every byte was read. */
  crc32: number | undefined;
  /** The whole file, where it was read in one go and not given back yet. */
  bytes: Buffer | undefined;

  /** The share of the memory budget that the bytes take. */
  lease: Lease | undefined;

  /** @param onRead Told of every read, in bytes. */
  constructor(file: SourceFile, onRead?: (bytes: number) => void) {
    this.#file = file;
    this.#onRead = onRead;
    this.size = Number(file.identity.size);
  }

  get identity(): Identity {
    return this.#file.identity;
  }

  get file(): SourceFile {
    return this.#file;
  }

  /**
   * Lets later writes be noticed: once a program has written to a page through a mapping, it can do so again without a
   * change of mtime or ctime, until the page has gone to the disk. So what may still wait in memory is sent there.
   * A file system in memory (tmpfs) has no disk; there only a mapping that is still there at deletion is noticed.
   */
  async forceToDisk(): Promise<void> {
    if (this.#age > WRITE_BACK_MS) return;
    try {
      await fdatasync(this.#file.fd);
    } catch {
      // Not everywhere can a file be synchronised that is open for reading only (Windows).
    }
  }

  /** Milliseconds since it was last changed, as of opening. */
  get #age(): number {
    return Date.now() - Number(this.identity.ctimeNs / 1_000_000n);
  }

  /**
   * Reads the whole file into `bytes`.
   *
   * @throws SourceError `FILE_CHANGED`, or `UNREADABLE` with the system's message
   */
  async readWhole(): Promise<Buffer> {
    await this.#letClockTick();
    const bytes = Buffer.allocUnsafe(this.size);
    await this.#fill(bytes, 0);
    this.requireUnchanged();
    this.bytes = bytes;
    this.md5 = hash('md5', bytes, 'hex');
    this.crc32 = crc32(bytes);
    return bytes;
  }

  /**
   * Yields the file in order, 1 MiB at a time, each in memory of its own. After the last one `md5` and `crc32` are
   * known.
   *
   * @throws SourceError `FILE_CHANGED`, or `UNREADABLE` with the system's message
   */
  async *chunks(): AsyncGenerator<Buffer, void> {
    await this.#letClockTick();
    const md5 = createHash('md5');
    let crc = 0;
    for (let position = 0; position < this.size; position += CHUNK_BYTES) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.size - position));
      await this.#fill(chunk, position);
      md5.update(chunk);
      crc = crc32(chunk, crc);
      if (position + chunk.length === this.size) {
        this.requireUnchanged();
        this.md5 = md5.digest('hex');
        this.crc32 = crc;
      }
      yield chunk;
    }
  }

  async #letClockTick(): Promise<void> {
    if (this.#age < CLOCK_TICK_MS) await sleep(CLOCK_TICK_MS);
  }

  async #fill(target: Buffer, position: number): Promise<void> {
    for (let filled = 0; filled < target.length; ) {
      const got = await this.#readAt(target, filled, position + filled);
      if (got === 0) throw new SourceError('FILE_CHANGED', 'the file became shorter while it was read');
      filled += got;
      this.#onRead?.(got);
    }
  }

  async #readAt(target: Buffer, offset: number, position: number): Promise<number> {
    const length = target.length - offset;
    try {
      if (this.size <= SYNC_READ_BYTES) return readSync(this.#file.fd, target, offset, length, position);
      return (await read(this.#file.fd, target, offset, length, position)).bytesRead;
    } catch (error) {
      throw sourceErrorFrom(error);
    }
  }

  /** @throws SourceError `FILE_CHANGED` when the file is not as it was when it was opened */
  requireUnchanged(): void {
    if (!sameState(this.#file.identityNow(), this.identity)) {
      throw new SourceError('FILE_CHANGED', 'the file changed while it was read');
    }
  }

  /** Gives back the memory of the bytes; the file stays open. */
  releaseBytes(): void {
    this.bytes = undefined;
    this.lease?.release();
  }

  close(): void {
    this.releaseBytes();
    this.#file.close();
  }
}
