import { LINK_SUFFIX } from '../core/key.ts';
import { isOwnPath, OWN_FOLDER } from '../core/reserved-names.ts';
import { pathTrouble } from '../core/safe-path.ts';
import { accessErrorFrom } from '../s3/access.ts';
import type { Store } from '../s3/store.ts';
import { lookAt } from '../source/look.ts';
import { absolutePath, type SourceRoot } from '../source/root.ts';

/** Comes behind every path in the program's own folder. */
const BEHIND_OWN_FOLDER = `${OWN_FOLDER.slice(0, -1)}0`;

/**
 * Whether a move of a folder is the first one, as far as the bucket shows: nothing is stored below the prefix, or only copies of
 * files that are still here. An object without a file here is one of a file that was moved, or deleted, before.
 *
 * Asks for one page of the listing, or one more behind the program's own folder, so of more than 1,000 objects only the first
 * 1,000 count.
 *
 * @throws BackupError if the store does not list them
 */
export async function isFirstMove(
  store: Pick<Store, 'listPage' | 'bucket' | 'endpointName'>,
  { root, prefix }: { readonly root: SourceRoot; readonly prefix: string },
): Promise<boolean> {
  try {
    const pages = [await store.listPage({ prefix })];
    // Segments of many moved files can fill a page.
    const isFilled =
      pages[0]?.truncated && isOwnPath(pages[0].objects.at(-1)?.key.slice(prefix.length) ?? '');
    if (isFilled) pages.push(await store.listPage({ prefix, startAfter: prefix + BEHIND_OWN_FOLDER }));
    return pages.every(({ objects }) => objects.every(({ key }) => isHere(key.slice(prefix.length), root)));
  } catch (error) {
    throw accessErrorFrom(error, store);
  }
}

/** Whether a path has an entry in the source. Paths that no file of the source can have count as if they had. */
function isHere(path: string, root: SourceRoot): boolean {
  const name = path.replace(/\/$/, '');
  if (isOwnPath(path) || pathTrouble(name) !== undefined) return true;
  const link = name.endsWith(LINK_SUFFIX) ? name.slice(0, -LINK_SUFFIX.length) : name;
  return [name, link].some((each) => lookAt(absolutePath(root, each)) !== undefined);
}
