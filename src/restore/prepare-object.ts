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
  /** Its content, read and proved; undefined if it does not fit into memory. */
  readonly content?: FetchedSmall | undefined;
  /** Error that was thrown for it. It is judged when the object's turn comes, since it may end the run. */
  readonly failure?: { readonly error: unknown } | undefined;
  /** Time that reading and proving the content took, in seconds. */
  readonly seconds: number;
}

/**
 * Prepares an object before its turn comes: finds the write that a run recorded, and reads and proves content that fits into
 * memory. Larger content is read when it is written.
 *
 * - Settles as skipped: NOT_STORED; as failed: with a record OBJECT_REPLACED, NOT_FOUND, DOWNLOAD_FAILED (no answer); INTERRUPTED,
 *   RUN_FAILED.
 * - Memory: is reserved before each request.
 */
export async function prepareObject(
  named: Item<Chosen, RestoreOutcome>,
  options: PrepareOptions,
): Promise<Item<Ready, RestoreOutcome>> {
  if (named.settled) return named;
  const { control, store } = options;
  if (control.stopping.aborted) return settle<RestoreOutcome>(named.file, 'failed', control.reason);
  const found = named.file.recorded ? await recordedWrite(named.file, options) : named;
  if (found.settled) return found;
  const begun = performance.now();
  const fetchPinned = async (file: Chosen) => ({
    file,
    content: file.size > MAX_WHOLE_BYTES ? undefined : await fetchSmall(file, options),
  });
  try {
    const ready = await fetchWrite(found.file, { store, fetchPinned });
    return pass({ ...ready, seconds: secondsSince(begun) });
  } catch (error) {
    return pass({ file: found.file, failure: { error }, seconds: secondsSince(begun) });
  }
}
