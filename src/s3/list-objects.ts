import type { ListedObject, ListPage, ListRequest } from './store-types.ts';

/** What lists a page at a time. */
interface Lister {
  readonly listsInOrder: boolean;
  listPage(request: ListRequest): Promise<ListPage>;
}

/** Every object whose key begins with a prefix, a page at a time. @throws StoreError */
export function listObjects(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  return store.listsInOrder ? listInOrder(store, prefix) : listUnordered(store, prefix);
}

async function* listInOrder(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  for (let startAfter = '', more = true; more; ) {
    const { objects, truncated } = await store.listPage({ prefix, startAfter });
    yield* objects;
    startAfter = objects.at(-1)?.key ?? '';
    more = truncated;
  }
}

/** Such a store goes on where a token says; a directory bucket lists whole folders only. */
async function* listUnordered(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  let continuationToken: string | undefined;
  do {
    const { objects, next } = await store.listPage({ prefix: folder, continuationToken });
    yield* objects.filter(({ key }) => key.startsWith(prefix));
    continuationToken = next;
  } while (continuationToken !== undefined);
}
