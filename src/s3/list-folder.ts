import { PageProgress } from './page-progress.ts';
import type { ListPage, ListRequest } from './store-types.ts';

/** A store that lists one page at a time. */
interface Lister {
  listPage(request: ListRequest): Promise<ListPage>;
}

/**
 * Lists what is directly in a folder, a page at a time: its objects, and its folders instead of what is in them. A store that
 * ignores the delimiter lists all objects below.
 *
 * @param folder What the keys begin with, `/` at its end.
 * @throws StoreError; `ListingStuck` if the pages do not advance
 */
export async function* listFolder(store: Lister, folder: string): AsyncGenerator<ListPage, void> {
  const progress = new PageProgress('ListObjectsV2');
  for (let continuationToken: string | undefined; ; ) {
    const page = await store.listPage({ prefix: folder, delimiter: '/', continuationToken });
    const { objects, folders = [], truncated, next } = page;
    // Some stores list keys outside the prefix.
    yield { ...page, objects: objects.filter(({ key }) => key.startsWith(folder)) };
    if (!truncated && next === undefined) return;
    continuationToken = progress.advance(next, objects.length + folders.length);
  }
}
