import { unlinkSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { type Item, settle, type Verified } from '../item.ts';
import { EmptiedFolders } from '../source/emptied-folders.ts';
import { sameState } from '../source/identity.ts';
import type { SourceFile } from '../source/source-file.ts';
import { type Stage, stage } from '../stage.ts';

export interface DeleteSourceOptions {
  /** Whether anything is deleted at all. Default false: every file is kept. */
  readonly enabled?: boolean | undefined;
  /** Whether folders that this run has emptied are removed at the end. Default true. */
  readonly removeEmptyDirectories?: boolean | undefined;
  /** Told of every folder that was removed, relative to the source. */
  readonly onFolderRemoved?: ((path: string) => void) | undefined;
}

/**
 * Stage 6: the only place in this program that deletes a file of the user's.
 *
 * - In: verified files, nothing less. Out: settled items only.
 * - Deletes exactly the file that was read: what stands under its name must be the inode that is open here, in the
 *   state in which it was read; the name is resolved through its folder's descriptor (Linux).
 * - Settles: deleted; kept; as failed (the object is in S3, the file still here): FILE_CHANGED, DELETE_FAILED.
 * - At the end removes the folders that it has emptied, deepest first: never the root, never one that was empty before.
 */
export function deleteSource(options: DeleteSourceOptions = {}): Stage<Verified, never> {
  if (!options.enabled) return stage(1, (file: Verified): Item<never> => settle(file, 'kept'));
  const emptied = new EmptiedFolders();
  const work = (file: Verified): Item<never> => {
    const source = file.content.file;
    try {
      const changed = differenceFrom(source);
      if (changed) return settle(file, 'failed', { code: 'FILE_CHANGED', reason: changed });
      unlinkSync(source.entryPath);
    } catch (error) {
      return settle(file, 'failed', { code: 'DELETE_FAILED', reason: messageOf(error) });
    }
    emptied.add(file.root, file.path);
    return settle(file, 'deleted');
  };
  const removesFolders = options.removeEmptyDirectories ?? true;
  return stage(1, work, async () => {
    if (removesFolders) emptied.remove(options.onFolderRemoved);
  });
}

function differenceFrom(source: SourceFile): string | undefined {
  const named = source.identityUnderName();
  if (named === undefined) return 'the file is not under its name any more';
  if (!sameState(named, source.identity))
    return 'another file stands under its name, or it was changed after it was read';
  return sameState(source.identityNow(), source.identity) ? undefined : 'it was changed after it was read';
}
