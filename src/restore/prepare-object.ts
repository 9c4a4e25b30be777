import type { PooledBytes } from '../core/buffer-pool.ts';
import { secondsSince } from '../core/seconds-since.ts';
import { type Item, pass, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { MAX_WHOLE_BYTES } from '../proof/local-content.ts';
import { type FetchedSmall, fetchSmall, type SmallOptions } from './fetch-small.ts';
import { fetchWrite } from './fetch-write.ts';
import { recordedWrite } from './find-recorded.ts';
import type { Chosen } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';

/** Options for preparing objects. */
export interface PrepareOptions extends SmallOptions {
  readonly control: RunControl;
}

/** An object that is ready to be written. */
export interface Ready {
  readonly file: Chosen;
  /** Its content, read and proved; undefined if it is read when its turn comes, since it does not fit into this memory. */
  readonly content?: FetchedSmall | undefined;
  /** Error that was thrown for it. It is judged when the object's turn comes, since it may end the run. */
  readonly failure?: { readonly error: unknown } | undefined;
  /** Time that reading and proving the content took, in seconds. */
  readonly seconds: number;
}

/**
 * Prepares an object before its turn comes: finds the write that a run recorded, and reads and proves content that fits into
 * memory. Larger content is read when it is written, and so is content that has become larger since the object was listed.
 *
 * - Settles as skipped: NOT_STORED; as failed: with a record OBJECT_REPLACED, NOT_FOUND, DOWNLOAD_FAILED (no answer); INTERRUPTED,
 *   RUN_FAILED.
 * - Memory: is asked for at once, in the order of the objects, and kept for every try. An object that asked later, or again,
 *   would wait for memory that is released only when the ones behind it are written.
 */
export async function prepareObject(
  named: Item<Chosen, RestoreOutcome>,
  options: PrepareOptions,
): Promise<Item<Ready, RestoreOutcome>> {
  if (named.settled) return named;
  const { control } = options;
  if (control.stopping.aborted) return settle<RestoreOutcome>(named.file, 'failed', control.reason);
  const { size } = named.file;
  const lease = await options.reading.pool.lease(size > MAX_WHOLE_BYTES ? 0 : size);
  let isUsed = false;
  try {
    const found = named.file.recorded ? await recordedWrite(named.file, options) : named;
    if (found.settled) return found;
    const ready = await fetchReady(found.file, lease, options);
    isUsed = ready.content !== undefined;
    return pass(ready);
  } finally {
    if (!isUsed) lease.release();
  }
}

async function fetchReady(file: Chosen, lease: PooledBytes, options: PrepareOptions): Promise<Ready> {
  const begun = performance.now();
  // A try that fails must not give up the memory.
  const pool = { lease: async () => ({ bytes: lease.bytes, release: () => undefined }) };
  const small = { ...options, reading: { md5s: options.reading.md5s, pool } };
  const fetchPinned = async (pinned: Chosen) => {
    if (pinned.size > lease.bytes.length) return { file: pinned };
    const { body, ...content } = await fetchSmall(pinned, small);
    return { file: pinned, content: { ...content, body: { bytes: body.bytes, lease } } };
  };
  try {
    const ready = await fetchWrite(file, { store: options.store, fetchPinned });
    return { ...ready, seconds: secondsSince(begun) };
  } catch (error) {
    return { file, failure: { error }, seconds: secondsSince(begun) };
  }
}
