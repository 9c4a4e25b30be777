import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GeneratedTree } from './generated-tree.ts';

/**
 * Makes some files of a generated tree below a folder. They have the sizes of the tree, and no content: a file system that knows
 * sparse files keeps an inode for each.
 */
export function makeFiles(
  tree: GeneratedTree,
  folder: string,
  { from, to }: { from: number; to: number },
): void {
  let last = '';
  for (let index = from; index < to; index += 1) {
    const path = join(folder, tree.keyAt(index));
    const parent = dirname(path);
    if (parent !== last) mkdirSync(parent, { recursive: true });
    last = parent;
    const descriptor = openSync(path, 'w');
    ftruncateSync(descriptor, tree.sizeAt(index));
    closeSync(descriptor);
  }
}
