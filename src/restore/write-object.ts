import { secondsSince } from '../core/seconds-since.ts';
import { type Item, type Reason, settle } from '../flow/item.ts';
import { MAX_WHOLE_BYTES } from '../proof/local-content.ts';
import { settleUnread } from './archived.ts';
import { type FetchedSmall, fetchSmall, type SmallOptions } from './fetch-small.ts';
import { fetchWrite } from './fetch-write.ts';
import type { Chosen } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import type { OutputWriter } from './output-writer.ts';
import type { Ready } from './prepare-object.ts';
import { type Streamed, type StreamOptions, streamLarge } from './stream-large.ts';

/** Options for writing an object. */
export interface WriteOptions extends StreamOptions, SmallOptions {}

/**
 * Writes an object whose turn it is to the output. Content of up to 8 MiB is proved before, larger content when all of it was
 * written.
 *
 * - Settles as restored, with NOT_PROVED if S3 reports nothing that proves the content; as failed: ARCHIVED, DOWNLOAD_FAILED,
 *   NOT_FOUND, OBJECT_CHANGED, OBJECT_REPLACED, CONTENT_DIFFERS, WRITE_FAILED, INTERRUPTED, RUN_FAILED. The reason of a failure
 *   says how much was written.
 * - Memory: releases that of the content.
 */
export async function writeObject(ready: Ready, options: WriteOptions): Promise<Item<never, RestoreOutcome>> {
  const { file, content, failure, seconds } = ready;
  const { output, store } = options;
  const before = output.bytes;
  const begun = performance.now();
  const stream = () =>
    fetchWrite(file, {
      store,
      fetchPinned: (pinned) => writePinned(pinned, options),
      mayBeginAgain: () => output.bytes === before,
    });
  const timed = <F>(one: F) => ({ ...one, seconds: seconds + secondsSince(begun) });
  try {
    if (failure) throw failure.error;
    const written = content ? await writeContent(content, output) : await stream();
    return settle<RestoreOutcome>(timed(written), 'restored', shortcomingOf(written));
  } catch (error) {
    const failed = settleUnread(file, error, options);
    if (!failed.settled) return failed;
    const { code = 'DOWNLOAD_FAILED', reason, attempts } = failed.settlement;
    const extent = extentOf(output.bytes - before, file.size);
    const why = { code, reason: `${reason}; ${extent}`, attempts };
    return settle<RestoreOutcome>(timed(content ?? file), 'failed', why);
  }
}

/**
 * Writes an object that could not be prepared. Its memory is that of the object whose turn it is: objects that are prepared
 * may hold all of the other.
 */
async function writePinned(file: Chosen, options: WriteOptions): Promise<Streamed | FetchedSmall> {
  if (file.size > MAX_WHOLE_BYTES) return streamLarge(file, options);
  const { pool, reading, output } = options;
  return writeContent(await fetchSmall(file, { ...options, reading: { md5s: reading.md5s, pool } }), output);
}

async function writeContent(content: FetchedSmall, output: OutputWriter): Promise<FetchedSmall> {
  const { bytes, lease } = content.body;
  await output.write(bytes);
  // Not if that fails: the output may still hold the memory.
  lease.release();
  return content;
}

function shortcomingOf({
  unproved,
}: {
  readonly unproved?: string | undefined;
}): Reason<RestoreOutcome> | undefined {
  return unproved === undefined ? undefined : { code: 'NOT_PROVED', reason: unproved };
}

function extentOf(written: number, size: number): string {
  if (written === 0) return 'nothing of it was written';
  return written < size
    ? `${written} of its ${size} bytes were written`
    : `all of its ${size} bytes were written`;
}
