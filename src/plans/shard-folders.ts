import { parentOf } from '../core/paths.ts';
import { EmptiedFolders } from '../source/emptied-folders.ts';
import type { SourceRoot } from '../source/root.ts';

/** Finds the source of a file by its path in a record, which begins with the label of the source if a run has several. */
export function placeOf(
  roots: readonly SourceRoot[],
  recorded: string,
): { readonly root: SourceRoot; readonly path: string } | undefined {
  const root = roots.find(({ label = '' }) => recorded.startsWith(label));
  return root && { root, path: recorded.slice(root.label?.length ?? 0) };
}

/**
 * Remembers the folders from which a shard has deleted files, and removes those that are empty at the end. A folder that several
 * shards share can be removed by the last of them only, and not by an attempt that was killed.
 */
export class ShardFolders {
  readonly #roots: readonly SourceRoot[];
  readonly #emptied = new Map<SourceRoot, EmptiedFolders>();

  constructor(roots: readonly SourceRoot[]) {
    this.#roots = roots;
  }

  /** @param recorded Path of a deleted file, as the record has it. */
  add(recorded: string): void {
    const place = placeOf(this.#roots, recorded);
    if (place === undefined || parentOf(place.path) === '') return;
    const emptied = this.#emptied.get(place.root) ?? new EmptiedFolders();
    emptied.add(place.root, place.path);
    this.#emptied.set(place.root, emptied);
  }

  /** Removes the folders that are empty, and the parents that this empties. @param onRemoved Gets the path with its label. */
  async remove(onRemoved: (path: string) => void): Promise<void> {
    for (const [{ label = '' }, emptied] of this.#emptied)
      await emptied.remove((path) => onRemoved(label + path));
  }
}
