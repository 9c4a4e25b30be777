import { type Found, type Item, open, type Read, settle } from '../item.ts';
import { MemoryBudget } from '../memory-budget.ts';
import type { RunControl } from '../run-control.ts';
import { PARTS_AT_ONCE, partSizeFor } from '../s3/parts.ts';
import { SourceContent } from '../source/content.ts';
import { sourceErrorFrom } from '../source/source-error.ts';
import { SourceFile } from '../source/source-file.ts';
import { type Stage, stage } from '../stage.ts';

const MIB = 1024 * 1024;

export interface HashOptions {
  /** Files up to this many bytes are read whole; larger ones while they are uploaded. Default 8 MiB. */
  readonly partSizeBytes?: number | undefined;
  /** The most bytes of content that are in memory at one time. Default 128 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Files in work at once. Default 16. */
  readonly concurrency?: number | undefined;
  /** Told of every read, in bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  readonly control?: RunControl | undefined;
}

/**
 * Stage 3: opens each file once, reads it, and computes its MD5 (and CRC-32) while the bytes pass.
 *
 * - In: found files, or what they have become since. Out: the same with `content`: the open file, and either its bytes
 *   and digests or, above one part, `content.chunks()` that yields the bytes and knows the digests after the last.
 * - Settles: what is no readable regular file inside the source, and what changes while it is read.
 * - Whoever takes items out of the pipeline here calls `content.close()`.
 * - Memory: waits for its share of `memoryBytes` before it reads.
 */
export function hash<T extends Found>(options: HashOptions = {}): Stage<T, T & Read> {
  const partSize = options.partSizeBytes ?? 8 * MIB;
  const budget = new MemoryBudget(options.memoryBytes ?? 128 * MIB);
  const { control } = options;

  return stage(options.concurrency ?? 16, async (file: T): Promise<Item<T & Read>> => {
    if (control?.stopping.aborted) return settle(file, 'failed', control.reason);
    let content: SourceContent | undefined;
    try {
      const opened = SourceFile.open(file.root, file.path);
      content = new SourceContent(opened, options.onRead);
      content.lease = await budget.lease(bytesInMemory(content.size, partSize));
      if (content.size <= partSize) await content.readWhole();
      return open({ ...file, content });
    } catch (error) {
      content?.close();
      const { code, message, fate } = sourceErrorFrom(error);
      return settle(file, fate, { code, reason: message });
    }
  });
}

/** lib-storage holds the parts in flight, the one that is being put together, and the chunks that it is made of. */
function bytesInMemory(size: number, partSize: number): number {
  return size <= partSize ? size : (PARTS_AT_ONCE + 2) * partSizeFor(size, partSize);
}
