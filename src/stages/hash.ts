import { DEFAULTS, FILES_READ_AT_ONCE } from '../core/defaults.ts';
import { callback, number, type OptionSchemas, optional } from '../core/option-schemas.ts';
import { below, parentOf } from '../core/paths.ts';
import { requireOptions } from '../core/require-options.ts';
import type { ShardId } from '../core/shard.ts';
import { assignCopy } from '../flow/assign-copy.ts';
import { batchLimit } from '../flow/descriptor-limits.ts';
import { type Found, type Item, pass, type Read, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { stopOfReading } from '../flow/stop-of-reading.ts';
import { requireRoom } from '../s3/multipart/require-room.ts';
import type { CallPace } from '../source/call-pace.ts';
import { createReading, SourceContent } from '../source/content.ts';
import { findWriters, nameOf } from '../source/open-writers.ts';
import { recoverFolder } from '../source/recover.ts';
import { sourceErrorFrom } from '../source/source-error.ts';
import { SourceFile } from '../source/source-file.ts';
import { whenDescriptorsAreFree } from '../source/when-descriptors-are-free.ts';
import { type IsStored, settleUnopened } from './moved-before.ts';
import * as schemas from './option-schemas.ts';

const AT_ONCE_WITH_LOOKS = 256;

export interface HashOptions {
  /** Files up to this many bytes are read whole; larger files are read while they are uploaded. Default 8 MiB. */
  readonly partSizeBytes?: number | undefined;
  /** Limit of the content that is in memory at one time, in bytes. Default 128 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Most parts that the store accepts for one file. Default 10,000. */
  readonly maxParts?: number | undefined;
  /** Processes of the run, each with that much memory; the advice names them if the memory is too little. Default 1. */
  readonly processes?: number | undefined;
  /**
   * Files in work at once. Default 64; with deletion 256, which share one look for writers; or as many as the limit of open
   * files allows.
   */
  readonly concurrency?: number | undefined;
  /**
   * Whether the files are deleted afterwards. Then writes that wait in memory go to the disk first, and hash looks for
   * processes that are writing to recently changed files. Default false.
   */
  readonly deleteAfterUpload?: boolean | undefined;
  /** Whether a file that a process has open for writing is deleted, so that hash looks for no writers. Default false. */
  readonly deleteOpenFiles?: boolean | undefined;
  /** Called for every read, with its number of bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /**
   * Called for a file that is missing: if S3 holds an object under its key, it is MOVED_BEFORE. Default: it is
   * NOT_FOUND.
   */
  readonly isStored?: IsStored | undefined;
  /** Called for every file that a crashed run left claimed and that was put back. Default: such files are not looked for. */
  readonly onRestored?: ((path: string) => void) | undefined;
  /** The shard whose work the run does: it decides which claims are put back at once. Default: none. */
  readonly shard?: ShardId | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const HASH_SCHEMA: OptionSchemas<HashOptions> = {
  partSizeBytes: optional(number),
  memoryBytes: optional(number),
  maxParts: optional(number),
  processes: optional(number),
  concurrency: optional(number),
  deleteAfterUpload: schemas.flag,
  deleteOpenFiles: schemas.flag,
  onRead: optional(callback),
  onRestored: optional(callback),
  shard: schemas.shard,
  isStored: optional(callback),
  control: schemas.control,
};

/**
 * Stage 3: opens each file once, reads it, and computes its MD5 while the bytes pass.
 *
 * - In: found files, also with the fields of other stages. Out: the same with `content`: the open file, and either its
 *   bytes and digests or, above one part, `content.chunks()` that yields the bytes and knows the digests after the last.
 * - Settles: files that are not readable regular files inside the source, files that change while they are read, and
 *   FILE_TOO_LARGE.
 * - Code that takes items out of the pipeline here must call `content.close()`.
 * - Memory: waits for its share of `memoryBytes` before it reads.
 */
export function hash<T extends Found>(options: HashOptions = {}): Stage<T, T & Read> {
  requireOptions('hash', HASH_SCHEMA, options);
  const partSize = options.partSizeBytes ?? DEFAULTS.partSizeBytes;
  const memoryBytes = options.memoryBytes ?? DEFAULTS.memoryBytes;
  const { maxParts, processes } = options;
  const room = { partSizeBytes: partSize, memoryBytes, maxParts, processes };
  const { control } = options;
  const reading = { ...createReading(memoryBytes, options.onRead), whyStop: stopOfReading(control) };

  const atOnce = Math.min(options.deleteAfterUpload ? AT_ONCE_WITH_LOOKS : FILES_READ_AT_ONCE, batchLimit());
  return stage(options.concurrency ?? atOnce, async (file: T): Promise<Item<T & Read>> => {
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    let content: SourceContent | undefined;
    try {
      const opened = await whenDescriptorsAreFree(() => openOrRecover(file, reading.pace, options));
      content = new SourceContent(opened, reading);
      if (content.size > partSize) requireRoom(content.size, room);
      if (options.deleteAfterUpload) await content.forceToDisk();
      if (options.deleteAfterUpload && !options.deleteOpenFiles) await lookForWriters(content);
      if (content.size <= partSize) await content.readWhole();
      return pass(assignCopy(file, { content }));
    } catch (error) {
      content?.close();
      return settleUnopened(file, error, options.isStored);
    }
  });
}

/**
 * Looks for writers after the file is opened and before it is read: a write that begins later shows in the file's
 * times.
 */
async function lookForWriters(content: SourceContent): Promise<void> {
  if (!content.mayBeInWrite) return;
  try {
    const { identity } = content;
    content.writers = (await findWriters([identity])).has(nameOf(identity)) ? 'some' : 'none';
  } catch {
    content.writers = 'unknown';
  }
}

/**
 * Opens a file, or recovers it first. If a list names the files no walk visits the folders, so a file that a crashed
 * run left claimed is looked for here.
 */
async function openOrRecover(
  file: Found,
  pace: CallPace,
  { onRestored, shard }: HashOptions,
): Promise<SourceFile> {
  try {
    return await pace.run(SourceFile.opening(file));
  } catch (error) {
    const folder = parentOf(file.path);
    if (onRestored === undefined || sourceErrorFrom(error).code !== 'NOT_FOUND') throw error;
    const { restored } = await recoverFolder(file.root, folder, { shard });
    for (const name of restored) onRestored(below(folder, name));
    return SourceFile.open(file);
  }
}
