/**
 * The bytes of one open file. More than 220 lines, since whole files, parts and chunks share one descriptor, one lease of
 * memory and one check that the file has not changed, and each check stands beside the read that it is about.
 */
import { createHash } from 'node:crypto';
import { fdatasync as fdatasyncCallback, read as readCallback, readvSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BufferPool, type PooledBytes } from '../core/buffer-pool.ts';
import type { Lease } from '../core/memory-budget.ts';
import { type ChecksumAlgorithm, type Checksums, checksumOf } from '../digest/checksum.ts';
import { Md5Queue } from '../digest/md5/md5-queue.ts';
import { type Identity, sameFileAndSize, sameState } from './identity.ts';
import { clockTickMs } from './last-change.ts';
import { ReadPace } from './read-pace.ts';
import { SourceError, sourceErrorFrom } from './source-error.ts';
import type { SourceFile } from './source-file.ts';

const read = promisify(readCallback);
const fdatasync = promisify(fdatasyncCallback);

/** Where a byte would come that is beyond the size of a file. */
const BEYOND = Buffer.alloc(1);

/** One write(2) takes at most 2 GiB, and none is expected to be slower than this. Bytes a millisecond. */
const SLOWEST_WRITE = 1024;
const LONGEST_WRITE = 2 ** 31;

/** Twice as long as Linux lets a changed page of a file wait in memory (vm.dirty_expire_centisecs, 30 s). */
const WRITE_BACK_MS = 60_000;

/** Up to this size a blocking read from the page cache is cheaper than the thread pool's round trip (8 against 70 µs). */
const SYNC_READ_BYTES = 128 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** A thread of the pool's is busy for so long at most; two reads of a part take no longer than one. */
const READ_BYTES = 8 * 1024 * 1024;

/** Parts that are read together, so that their MD5s are computed together: eight fill the lanes. */
const PARTS_IN_GROUP = 8;

/** What the files of a run share. */
export interface Reading {
  /** Where the bytes are, and how many there may be. */
  readonly pool: BufferPool;
  readonly md5s: Md5Queue;
  readonly pace: ReadPace;
  /** Told of every read, in bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /**
   * Whether a file's times tell that it has changed. Not if only the bytes that were read are judged: FUSE file systems show the
   * times of a write late (rclone mounts), or those of another system's clock. Default true.
   */
  readonly heedsTimes?: boolean | undefined;
}

export function createReading(memoryBytes: number, onRead?: (bytes: number) => void): Reading {
  return { pool: new BufferPool(memoryBytes), md5s: new Md5Queue(), pace: new ReadPace(), onRead };
}

/**
 * The bytes of one file, read once, from one descriptor, by position, exactly as many as it had when it was opened.
 * A file of one part is read whole (`bytes`); a larger one is read while it is uploaded (`chunks`).
 */
export class SourceContent {
  readonly #file: SourceFile;
  readonly #reading: Reading;
  /** Bytes, as of opening. */
  readonly size: number;
  /** Of the whole file, in hex; undefined until every byte was read. */
  md5: string | undefined;
  /** Of the whole file, as far as they are known. */
  readonly checksums: Checksums = {};
  /** Whether some process had it open for writing, or might have had, when it was opened: then a write can be under way unseen. */
  writers: 'none' | 'some' | 'unknown' = 'none';
  /** The whole file, where it was read in one go and not given back yet. */
  bytes: Buffer | undefined;

  #lease: Lease | undefined;
  /** When the file was last found to be as it was when it was opened. */
  #checkedAt = performance.now();

  /** @param reading Default: memory of its own. */
  constructor(file: SourceFile, reading: Reading = createReading(Number.MAX_SAFE_INTEGER)) {
    this.#file = file;
    this.#reading = reading;
    this.size = file.target?.length ?? Number(file.identity.size);
  }

  get identity(): Identity {
    return this.#file.identity;
  }

  get file(): SourceFile {
    return this.#file;
  }

  /** Computes a checksum, where it is not known yet and the whole file is in memory. */
  async addChecksum(algorithm: ChecksumAlgorithm): Promise<void> {
    if (this.bytes === undefined || this.checksums[algorithm] !== undefined) return;
    this.checksums[algorithm] = (await checksumOf(algorithm, this.bytes)).toString('base64');
  }

  /**
   * Lets later writes be noticed: once a program has written to a page through a mapping, it can do so again without a
   * change of mtime or ctime, until the page has gone to the disk. So what may still wait in memory is sent there.
   * A file system in memory (tmpfs) has no disk; there only a mapping that is still there at deletion is noticed.
   */
  async forceToDisk(): Promise<void> {
    if (this.#age > WRITE_BACK_MS || this.#file.target !== undefined) return;
    try {
      await fdatasync(this.#file.fd);
    } catch {
      // Not everywhere can a file be synchronised that is open for reading only (Windows).
    }
  }

  /**
   * Whether a write may be under way that began before the file was opened: the times of a file are those of the moment at which
   * a write begins (ext4), and one of two gigabytes can take minutes.
   */
  get mayBeInWrite(): boolean {
    const longestMs = Math.min(this.size, LONGEST_WRITE) / SLOWEST_WRITE;
    return this.#file.target === undefined && this.#age < WRITE_BACK_MS + longestMs;
  }

  /** Milliseconds since it was last changed, as of opening. */
  get #age(): number {
    return Date.now() - Number(this.identity.ctimeNs / 1_000_000n);
  }

  /**
   * Reads the whole file into `bytes`, as soon as there is room in memory.
   *
   * @throws SourceError `FILE_CHANGED`, `SIZE_MISMATCH`, or `UNREADABLE` with the system's message
   */
  async readWhole(): Promise<Buffer> {
    const { target } = this.#file;
    if (target !== undefined) return this.#take(target, createHash('md5').update(target).digest());
    const lease = await this.#reading.pool.lease(this.size);
    this.#lease = lease;
    const { bytes } = lease;
    await this.#letClockTick();
    if (this.#mayBlock) this.#reading.pace.watch(() => this.#fillNow(bytes));
    else {
      await this.#fill(bytes, 0);
      await this.#requireEnd();
    }
    this.requireUnchanged();
    return this.#take(bytes, await this.#reading.md5s.digest(bytes));
  }

  #take(bytes: Buffer, md5: Buffer): Buffer {
    this.md5 = md5.toString('hex');
    this.bytes = bytes;
    return bytes;
  }

  /**
   * Yields the file in order as parts, eight of them at a time where there is room for twice as many. Whoever takes them
   * releases each. Computes no digest.
   *
   * @throws SourceError `FILE_CHANGED`, `SIZE_MISMATCH`, or `UNREADABLE` with the system's message
   */
  async *parts(partSize: number): AsyncGenerator<PooledBytes[], void> {
    await this.#letClockTick();
    const { pool } = this.#reading;
    const together = Math.max(1, Math.min(PARTS_IN_GROUP, Math.floor(pool.size / partSize / 2)));
    for (let start = 0; start < this.size; start += together * partSize) {
      const end = Math.min(this.size, start + together * partSize);
      const sizes: number[] = [];
      for (let at = start; at < end; at += partSize) sizes.push(Math.min(partSize, end - at));
      const group = await pool.leaseEach(sizes);
      // Not until all have come to an end may the memory be given back.
      const reads = group.map(({ bytes }, index) => this.#fill(bytes, start + index * partSize));
      await Promise.allSettled(reads);
      try {
        await Promise.all(reads);
        if (end === this.size) {
          await this.#requireEnd();
          this.requireUnchanged();
        }
      } catch (error) {
        for (const part of group) part.release();
        throw error;
      }
      yield group;
    }
  }

  /** Waits for room in memory for bytes that somebody else keeps, until `releaseBytes`. */
  async reserve(bytes: number): Promise<void> {
    this.#lease = await this.#reading.pool.reserve(bytes);
  }

  /**
   * Yields the file in order, 1 MiB at a time, each in memory of its own. After the last one `md5` is known.
   *
   * @throws SourceError `FILE_CHANGED`, `SIZE_MISMATCH`, or `UNREADABLE` with the system's message
   */
  async *chunks(): AsyncGenerator<Buffer, void> {
    await this.#letClockTick();
    const md5 = createHash('md5');
    for (let position = 0; position < this.size; position += CHUNK_BYTES) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.size - position));
      await this.#fill(chunk, position);
      md5.update(chunk);
      if (position + chunk.length === this.size) {
        await this.#requireEnd();
        this.requireUnchanged();
        this.md5 = md5.digest('hex');
      }
      yield chunk;
    }
  }

  /** A file that is written to twice within a tick of the clock can be read in between and look the same. */
  async #letClockTick(): Promise<void> {
    if (!this.#heedsTimes) return;
    const tickMs = clockTickMs(this.identity);
    if (this.#age < tickMs) await sleep(Math.min(tickMs, tickMs - this.#age));
  }

  get #heedsTimes(): boolean {
    return this.#reading.heedsTimes ?? true;
  }

  get #mayBlock(): boolean {
    return this.size <= SYNC_READ_BYTES && this.#reading.pace.mayBlock(this.#file.root);
  }

  /** The last bytes are read together with one more, which there is none of if the size is right: that takes no other call. */
  #fillNow(target: Buffer): void {
    let filled = 0;
    do {
      let got: number;
      try {
        got = readvSync(this.#file.fd, [target.subarray(filled), BEYOND], filled);
      } catch (error) {
        throw sourceErrorFrom(error);
      }
      if (got > target.length - filled) throw this.#longerThanSize();
      if (target.length > 0) filled += this.#countRead(got);
    } while (filled < target.length);
  }

  /** @throws SourceError if there is a byte beyond the size */
  async #requireEnd(): Promise<void> {
    if ((await this.#readAt(BEYOND, 0, this.size)) > 0) throw this.#longerThanSize();
  }

  /** A file that grows is a changed one; else its file system does not know sizes (/proc, some of FUSE, files kept in a cloud). */
  #longerThanSize(): SourceError {
    this.requireUnchanged();
    return new SourceError(
      'SIZE_MISMATCH',
      `it holds more than the ${this.size} bytes that its file system says`,
    );
  }

  async #fill(target: Buffer, position: number): Promise<void> {
    for (let filled = 0; filled < target.length; ) {
      filled += this.#countRead(await this.#readAt(target, filled, position + filled));
    }
  }

  #countRead(bytes: number): number {
    if (bytes === 0) throw new SourceError('FILE_CHANGED', 'the file became shorter while it was read');
    this.#reading.onRead?.(bytes);
    return bytes;
  }

  async #readAt(target: Buffer, offset: number, position: number): Promise<number> {
    const length = Math.min(target.length - offset, READ_BYTES);
    try {
      return (await read(this.#file.fd, target, offset, length, position)).bytesRead;
    } catch (error) {
      throw sourceErrorFrom(error);
    }
  }

  /** @throws SourceError `FILE_CHANGED` when the file is not as it was when it was opened */
  requireUnchanged(): void {
    const isSame = this.#heedsTimes ? sameState : sameFileAndSize;
    if (!isSame(this.#file.identityNow(), this.identity)) {
      throw new SourceError('FILE_CHANGED', 'the file changed while it was read');
    }
    this.#checkedAt = performance.now();
  }

  /** Milliseconds since the file was last found to be as it was when it was opened. */
  get msUnwatched(): number {
    return performance.now() - this.#checkedAt;
  }

  /** Gives back the memory of the bytes; the file stays open. */
  releaseBytes(): void {
    this.bytes = undefined;
    this.#lease?.release();
  }

  close(): void {
    this.releaseBytes();
    this.#file.close();
  }
}
