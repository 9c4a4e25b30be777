import type { BufferPool, PooledBytes } from '../core/buffer-pool.ts';
import type { RunControl } from '../flow/run-control.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import type { ByteRange, Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { Chosen } from './item.ts';
import { RestoreError, stoppedError } from './restore-error.ts';
import { WholeReceiver } from './whole-receiver.ts';

const MIB = 1024 * 1024;

/** Most ranges that are requested, or wait for the reader, at one time. */
const MOST_AHEAD = 8;
/** The first range is small, so that its bytes are there soon, and each is twice as large as the one before, up to this size. */
const FIRST_BYTES = MIB;
const MOST_BYTES = 8 * MIB;

export interface ReadAheadOptions {
  readonly store: Store;
  /** Limits the memory of all ranges. */
  readonly pool: BufferPool;
  readonly control: RunControl;
  /** Version of this very write, if the bucket keeps versions. */
  readonly versionId: string | undefined;
  /** Called for every range with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/**
 * Yields the bytes of one write of an object in order. Ranges are requested ahead: one at first, and one more for each range that
 * the reader has taken, so that a reader who wants the beginning only costs little.
 *
 * - Every range has arrived as a whole before it is yielded, so no connection waits for a slow reader, and one that breaks off is
 *   followed by another request for the same range.
 * - The caller releases each range.
 *
 * @throws StoreError; RestoreError `OBJECT_CHANGED`, or `INTERRUPTED` or `RUN_FAILED` if the run is stopped
 */
export async function* readAhead(file: Chosen, options: ReadAheadOptions): AsyncGenerator<PooledBytes, void> {
  const { size } = file;
  const write = new PinnedWrite(file, options);
  const ahead: Promise<PooledBytes>[] = [];
  let next = 0;
  let length = FIRST_BYTES;
  const request = (atOnce: number) => {
    while (next < size && ahead.length < Math.min(atOnce, MOST_AHEAD)) {
      const range = { start: next, end: Math.min(size, next + length) };
      const reading = write.read(range);
      // A failure is thrown when the range's turn comes.
      reading.catch(() => undefined);
      ahead.push(reading);
      next = range.end;
      length = Math.min(MOST_BYTES, 2 * length);
    }
  };
  try {
    for (let taken = 1; next < size || ahead.length > 0; taken += 1) {
      request(taken);
      const range = await (ahead.shift() as Promise<PooledBytes>);
      request(taken + 1);
      yield range;
    }
  } finally {
    for (const reading of ahead)
      reading.then(
        (range) => range.release(),
        () => undefined,
      );
  }
}

/** One write of an object, of which ranges are read. */
class PinnedWrite {
  readonly #file: Chosen;
  readonly #options: ReadAheadOptions;
  #versionId: string | undefined;

  constructor(file: Chosen, options: ReadAheadOptions) {
    this.#file = file;
    this.#options = options;
    this.#versionId = file.versionId;
  }

  async read(range: ByteRange): Promise<PooledBytes> {
    const { pool, control, onRead } = this.#options;
    const { etag, size } = this.#file;
    const lease = await pool.lease(range.end - range.start);
    try {
      if (control.stopping.aborted) throw stoppedError(control);
      const object = await this.#request(range, new WholeReceiver(lease.bytes));
      // A store may know no If-Match.
      if (!isSameEtag(object.etag, etag) || object.size !== size)
        throw new RestoreError('OBJECT_CHANGED', 'it was overwritten while it was read');
      onRead?.(object.length);
      return lease;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /** If the object was overwritten or deleted since its first range, this write may still be there as a version. */
  async #request(range: ByteRange, receiver: WholeReceiver) {
    const { store, versionId } = this.#options;
    const { key, etag } = this.#file;
    const pinnedTo = this.#versionId;
    try {
      return await store.read({ key, etag, versionId: pinnedTo }, range, receiver);
    } catch (error) {
      if (!isGone(error) || pinnedTo !== undefined || versionId === undefined) throw error;
      // To read versions may not be allowed.
      const object = await store.read({ key, etag, versionId }, range, receiver).catch(() => undefined);
      if (object === undefined) throw error;
      this.#versionId = versionId;
      return object;
    }
  }
}

function isGone(error: unknown): boolean {
  return error instanceof StoreError && (error.code === 'PreconditionFailed' || error.status === 404);
}
