import { lstatSync } from 'node:fs';
import { below, parentOf } from '../../core/paths.ts';
import type { ShardId } from '../../core/shard.ts';
import type { Selected } from '../../flow/item.ts';
import { recoverFolder } from '../../source/recover.ts';
import { absolutePath } from '../../source/root.ts';

/**
 * Puts back the files that a dead child had claimed for deletion. It had them in work, so their folders are known.
 *
 * @param onRestored Called with the path of each file that has its name again, relative to its root.
 */
export async function recoverFiles(
  lost: readonly Selected[],
  shard: ShardId | undefined,
  onRestored: (path: string) => void,
): Promise<void> {
  const folders = new Map(lost.map(({ path, root }) => [parentOf(path), root]));
  for (const [folder, root] of folders) {
    try {
      const { restored } = await recoverFolder(root, folder, { shard });
      for (const name of restored) onRestored(below(folder, name));
    } catch {
      // The folder is gone or unreadable. The next run puts back what is claimed in it.
    }
  }
}

/** Says whether the file of a dead child is still here. */
export function whereabouts({ root, path }: Selected): string {
  return lstatSync(absolutePath(root, path), { throwIfNoEntry: false })
    ? 'the file is still here'
    : 'the file is gone; it may have been deleted, which happens only after S3 has proved that it holds it';
}
