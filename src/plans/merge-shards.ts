import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { mapInOrder } from '../flow/map-in-order.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { FileEntry } from '../report/report.ts';
import type { Store } from '../s3/store.ts';
import type { ShardRuns } from './ended-shards.ts';
import { entriesOfShard, openShardRecords } from './shard-entries.ts';
import { ShardFolders } from './shard-folders.ts';

/** Shards whose records are opened ahead, with at most 8 MiB of each in memory. */
const OPENED_AHEAD = 4;

/** Collaborators of a merge. */
export interface MergeOptions {
  readonly options: Pick<
    ResolvedOptions,
    'prefix' | 'roots' | 'deleteAfterUpload' | 'removeEmptyDirectories'
  >;
  readonly store: Store;
  readonly control: RunControl;
  /** Takes the entry of each file, in the order of the shards. */
  readonly take: (entry: FileEntry) => void;
  readonly onFolderRemoved: (path: string) => void;
}

/**
 * Reads what the runs of the shards have done, one shard after another, and removes the folders that they have emptied together.
 * Ends early if the run is stopped. Memory does not grow with the number of shards.
 *
 * @param shards In the order in which their files are taken.
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError
 */
export async function mergeShards(
  shards: readonly ShardRuns[],
  { options, store, control, take, onFolderRemoved }: MergeOptions,
): Promise<void> {
  const { prefix, roots, deleteAfterUpload, removeEmptyDirectories } = options;
  const removes = deleteAfterUpload && removeEmptyDirectories;
  const opened = mapInOrder(each(shards), OPENED_AHEAD, (shard) => openShardRecords(store, prefix, shard));
  for await (const records of opened) {
    const folders = new ShardFolders(roots);
    for await (const entry of entriesOfShard(records)) {
      if (control.stopping.aborted) return;
      take(fileEntryOf(entry));
      if (removes && entry.fate === 'deleted') folders.add(entry.path);
    }
    await folders.remove(onFolderRemoved);
  }
}

/** The entry of a report. A record does not have what a transfer took: that is in the reports of the shards. */
function fileEntryOf(recorded: ManifestEntry): FileEntry {
  const { path, key, size, mtime, mode, md5, etag, version_id, proof, fate, code } = recorded;
  const { reason = fate === 'failed' ? 'the record of its run does not say why' : null } = recorded;
  const facts = { path, key, size, mtime, mode, md5, etag, version_id, proof, fate, code, reason };
  return { ...facts, attempts: 0, resumed_bytes: 0, seconds: null };
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T, void> {
  yield* list;
}
