/**
 * The bytes of one open file. More than 220 lines, since whole files, parts and chunks share one descriptor, one lease of
 * memory and one check that the file has not changed, and each check stands beside the read that it is about.
 */
import { createHash } from 'node:crypto';
import { fdatasync as fdatasyncCallback, read as readCallback } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Allowance } from '../core/allowance.ts';
import { BufferPool, type PooledBytes } from '../core/buffer-pool.ts';
import type { Lease } from '../core/memory-budget.ts';
import { type ChecksumAlgorithm, type Checksums, checksumOf } from '../digest/checksum.ts';
import { Md5Queue } from '../digest/md5/md5-queue.ts';
import { type Calls, callInBackground, callNow, readv } from '../files/calls.ts';
import type { ByteCount } from './byte-count.ts';
import { CallPace } from './call-pace.ts';
import { type Identity, sameFileAndSize, sameState } from './identity.ts';
import { clockTickMs } from './last-change.ts';
import { SourceError, sourceErrorFrom } from './source-error.ts';
import type { SourceFile } from './source-file.ts';

const read = promisify(readCallback);
const fdatasync = promisify(fdatasyncCallback);

/** Buffer for a byte beyond the size of a file. */
const BEYOND = Buffer.alloc(1);

/** Slowest expected speed of a write(2), in bytes per millisecond; one call writes at most 2 GiB. */
const SLOWEST_WRITE = 1024;
const LONGEST_WRITE = 2 ** 31;

/**
 * Time in milliseconds after which a changed page has been written to the disk: twice the time that Linux lets it wait in
 * memory (vm.dirty_expire_centisecs, 30 s).
 */
const WRITE_BACK_MS = 60_000;

/**
 * Size in bytes up to which a blocking read from the page cache is cheaper than the round trip to the thread pool (8 against 70
 * µs).
 */
const SYNC_READ_BYTES = 128 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Most bytes of one read. It limits how long a thread of the pool is busy; two reads of a part take no longer than one. */
const READ_BYTES = 8 * 1024 * 1024;

/** Number of parts that are read together, so that their MD5s are computed together: eight fill the SIMD lanes. */
const PARTS_IN_GROUP = 8;

/** The collaborators that the files of a run share. */
export interface Reading {
  /** Pool that provides and limits the memory for the bytes. */
  readonly pool: BufferPool;
  readonly md5s: Md5Queue;
  readonly pace: CallPace;
  /** Called for every read, with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Returns the error that ends a reading that may take long, since nobody waits for it. Default: every reading goes on. */
  readonly whyStop?: (() => SourceError | undefined) | undefined;
  /**
   * Whether a change of a file's times counts as a change of the file. False if only the bytes that were read are judged: some
   * FUSE file systems show the times of a write late (rclone mounts), or by another system's clock. Default true.
   */
  readonly heedsTimes?: boolean | undefined;
}

export function createReading(memoryBytes: number, onRead?: (bytes: number) => void): Reading {
  return { pool: new BufferPool(memoryBytes), md5s: new Md5Queue(), pace: new CallPace(), onRead };
}

/**
 * The bytes of one file. They are read once, from one descriptor, by position, exactly as many as the file had when it was
 * opened. A file of one part is read whole (`bytes`); a larger one is read while it is uploaded (`chunks`).
 */
export class SourceContent {
  readonly #file: SourceFile;
  readonly #reading: Reading;
  /** Size in bytes when the file was opened. */
  readonly size: number;
  /** MD5 of the whole file in hex; undefined until every byte was read. */
  md5: string | undefined;
  /** Checksums of the whole file that are known so far. */
  readonly checksums: Checksums = {};
  /**
   * Whether a process had the file open for writing when it was opened: a write may then be in progress without a visible
   * change. `unknown` if that could not be found out.
   */
  writers: 'none' | 'some' | 'unknown' = 'none';
  /** The whole file; undefined unless it was read at once and its memory is still leased. */
  bytes: Buffer | undefined;
  /** What may be sent of the file; undefined if there is no limit. */
  allowance: Allowance | undefined;
  /** Number of bytes that were read so far. More than the size if the file is read twice. */
  readBytes = 0;
  /** Counts the bytes that an upload sends. Undefined if no progress is shown. */
  sent: ByteCount | undefined;

  #lease: Lease | undefined;
  /** When the file was last found unchanged since it was opened, by `performance.now()`. */
  #checkedAt = performance.now();

  /** @param reading Default: an own pool without a limit. */
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

  /** Computes a checksum if it is not known yet and the whole file is in memory. */
  async addChecksum(algorithm: ChecksumAlgorithm): Promise<void> {
    if (this.bytes === undefined || this.checksums[algorithm] !== undefined) return;
    this.checksums[algorithm] = (await checksumOf(algorithm, this.bytes)).toString('base64');
  }

  /**
   * Writes changed pages of the file to the disk, so that later writes show. Once a program has written to a page through a
   * mapping, it can write again without a change of mtime or ctime until that page is on the disk. A file system in memory
   * (tmpfs) has no disk; there a mapping is noticed only if it still exists at deletion.
   */
  async forceToDisk(): Promise<void> {
    if (this.#age > WRITE_BACK_MS || this.#file.target !== undefined) return;
    try {
      await fdatasync(this.#file.fd);
    } catch {
      // Some systems (Windows) refuse to synchronise a file that is open for reading only.
    }
  }

  /**
   * Whether a write may be in progress that began before the file was opened. The times of a file show when a write began
   * (ext4), and a write of two gigabytes can take minutes.
   */
  get mayBeInWrite(): boolean {
    const longestMs = Math.min(this.size, LONGEST_WRITE) / SLOWEST_WRITE;
    return this.#file.target === undefined && this.#age < WRITE_BACK_MS + longestMs;
  }

  /** Time since the last change when the file was opened, in milliseconds. */
  get #age(): number {
    return Date.now() - Number(this.identity.ctimeNs / 1_000_000n);
  }

  /**
   * Reads the whole file into `bytes` as soon as memory is free.
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
    const filling = this.#fillWhole(bytes);
    if (this.#mayBlock) this.#reading.pace.watch(() => callNow(filling));
    else await callInBackground(filling);
    return this.#take(bytes, await this.#reading.md5s.digest(bytes));
  }

  #take(bytes: Buffer, md5: Buffer): Buffer {
    this.md5 = md5.toString('hex');
    this.bytes = bytes;
    return bytes;
  }

  /**
   * Yields the file in order as parts, in groups of eight if memory has room for twice as many. The caller releases each part.
   * Computes no digest.
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
      // The memory may be given back only after all reads have ended.
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

  /** Reserves memory for bytes that another module holds, until `releaseBytes`. */
  async reserve(bytes: number): Promise<void> {
    this.#lease = await this.#reading.pool.reserve(bytes);
  }

  /**
   * Yields the file in order, in chunks of 1 MiB, each in new memory. `md5` is known after the last one.
   *
   * @throws SourceError `FILE_CHANGED`, `SIZE_MISMATCH`, or `UNREADABLE` with the system's message; that of `whyStop`
   */
  async *chunks(): AsyncGenerator<Buffer, void> {
    await this.#letClockTick();
    const md5 = createHash('md5');
    for (let position = 0; position < this.size; position += CHUNK_BYTES) {
      const stop = this.#reading.whyStop?.();
      if (stop) throw stop;
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

  /**
   * Waits until the file system's clock has ticked since the last change: a file that is written to twice within a tick, and
   * read in between, looks unchanged.
   */
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

  /**
   * Reads the whole file and makes sure that it has not changed. A read asks for one byte more than the file should have, so
   * that no second call is needed to check its end.
   */
  *#fillWhole(target: Buffer): Calls<void> {
    let filled = 0;
    do {
      const rest = target.subarray(filled);
      const isLast = rest.length <= READ_BYTES;
      const buffers = isLast ? [rest, BEYOND] : [rest.subarray(0, READ_BYTES)];
      let got: number;
      try {
        got = yield* readv(this.#file.fd, buffers, filled);
      } catch (error) {
        throw sourceErrorFrom(error);
      }
      if (got > rest.length) throw this.#longerThanSize();
      if (target.length > 0) filled += this.#countRead(got);
    } while (filled < target.length);
    this.#requireSame(yield* this.#file.stateNow());
  }

  /**
   * Makes sure that the file ends at its size.
   *
   * @throws SourceError if a byte follows
   */
  async #requireEnd(): Promise<void> {
    if ((await this.#readAt(BEYOND, 0, this.size)) > 0) throw this.#longerThanSize();
  }

  /**
   * The error for a file that is longer than its size: it has changed if it grew; otherwise its file system reports wrong sizes
   * (/proc, some FUSE file systems, files kept in a cloud).
   */
  #longerThanSize(): SourceError {
    this.requireUnchanged();
    return new SourceError(
      'SIZE_MISMATCH',
      `it has more than the ${this.size} bytes that its file system reports`,
    );
  }

  async #fill(target: Buffer, position: number): Promise<void> {
    for (let filled = 0; filled < target.length; ) {
      filled += this.#countRead(await this.#readAt(target, filled, position + filled));
    }
  }

  #countRead(bytes: number): number {
    if (bytes === 0) throw new SourceError('FILE_CHANGED', 'the file became shorter while it was read');
    this.readBytes += bytes;
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

  /**
   * Makes sure that the file is as it was when it was opened.
   *
   * @throws SourceError `FILE_CHANGED` if it is not
   */
  requireUnchanged(): void {
    this.#requireSame(this.#file.identityNow());
  }

  #requireSame(state: Identity): void {
    const isSame = this.#heedsTimes ? sameState : sameFileAndSize;
    if (!isSame(state, this.identity)) {
      throw new SourceError('FILE_CHANGED', 'the file changed while it was read');
    }
    this.#checkedAt = performance.now();
  }

  /** Time since the file was last found unchanged, in milliseconds. */
  get msUnwatched(): number {
    return performance.now() - this.#checkedAt;
  }

  /** Releases the memory of the bytes; the file stays open. */
  releaseBytes(): void {
    this.bytes = undefined;
    this.#lease?.release();
  }

  close(): void {
    this.releaseBytes();
    // An error in the background, of a network file system for example, concerns no byte of ours: the file was only read.
    this.run(this.#file.closing())?.catch(() => undefined);
  }

  /** Whether the last calls for files of the run were slow. */
  get isSlow(): boolean {
    return this.#reading.pace.isSlow;
  }

  /**
   * Makes calls for the file at once, or in the thread pool if the last calls for files of the run were slow.
   *
   * @returns a promise only if they run in the thread pool
   */
  run<T>(calls: Calls<T>): T | Promise<T> {
    return this.#reading.pace.run(calls);
  }
}
