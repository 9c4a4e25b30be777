import { PARTS_IN_MEMORY } from '../../s3/parts.ts';
import type { ResolvedOptions } from '../resolve-options.ts';
import type { ChildOptions } from './messages.ts';

/** Options of one of several processes: those of the run, with its share of memory, bandwidth and concurrency. */
export function childOptions(options: ResolvedOptions): ChildOptions {
  const {
    signal,
    logger,
    onEntry,
    onEvent,
    progress,
    confirm,
    list,
    selection,
    collisions,
    bytesPerSecond,
    deletions,
    ...plain
  } = options;
  const { processes, memoryBytes, partSizeBytes, concurrency } = plain;
  const limit = typeof bytesPerSecond === 'function' ? bytesPerSecond() : bytesPerSecond;
  return {
    ...plain,
    memoryBytes: Math.max(Math.floor(memoryBytes / processes), PARTS_IN_MEMORY * partSizeBytes),
    bytesPerSecond: limit && limit / processes,
    concurrency: concurrency && Math.ceil(concurrency / processes),
  };
}
