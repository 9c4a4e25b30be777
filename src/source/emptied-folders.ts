import { nameOf, parentOf } from '../core/paths.ts';
import { removeFolder } from './remove-folder.ts';
import type { SourceRoot } from './root.ts';
import { openSourceFolder } from './source-folder.ts';

/** Remembers the folders that files were deleted from, and removes those that are empty at the end. */
export class EmptiedFolders {
  readonly #folders = new Set<string>();
  #root: SourceRoot | undefined;

  /** @param path Path of a deleted file, relative to the root. */
  add(root: SourceRoot, path: string): void {
    this.#root = root;
    const folder = parentOf(path);
    if (folder !== '') this.#folders.add(folder);
  }

  /** Removes the remembered folders that are empty, deepest first, and then the parents that this empties. */
  async remove(onRemoved: ((path: string) => void) | undefined): Promise<void> {
    const root = this.#root;
    if (root === undefined) return;
    const byDepth = [...this.#folders].sort((a, b) => b.split('/').length - a.split('/').length);
    for (const folder of byDepth) {
      for (let path = folder; path !== '' && (await isRemoved(root, path)); path = parentOf(path))
        onRemoved?.(path);
    }
  }
}

async function isRemoved(root: SourceRoot, path: string): Promise<boolean> {
  try {
    const parent = openSourceFolder(root, parentOf(path));
    try {
      return await removeFolder(parent.entry(nameOf(path)));
    } finally {
      parent.close();
    }
  } catch {
    return false;
  }
}
