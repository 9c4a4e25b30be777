import type { Capabilities } from './capabilities.ts';
import { isInOrder } from './list-order.ts';
import { StoreError } from './store-error.ts';
import type { ListedObject, ListPage, ListRequest } from './store-types.ts';

/** What lists a page at a time. */
interface Lister {
  readonly capabilities: Pick<Capabilities, 'listsInOrder'>;
  listPage(request: ListRequest): Promise<ListPage>;
}

/**
 * Every object whose key begins with a prefix, a page at a time. A store that lists in no order, of which that was not
 * known, is told by its first page and read on by its tokens.
 *
 * @throws StoreError `NotInOrder` where that is found out on the way only: it cannot be known what is missing
 */
export function listObjects(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  return store.capabilities.listsInOrder ? listInOrder(store, prefix) : listUnordered(store, prefix);
}

async function* listInOrder(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  let startAfter = '';
  let continuationToken: string | undefined;
  do {
    const { objects, truncated, next } = await store.listPage({ prefix, startAfter, continuationToken });
    if (!isInOrder(startAfter, objects)) {
      store.capabilities.listsInOrder = false;
      if (startAfter !== '') throw notInOrder(startAfter);
      yield* listUnordered(store, prefix);
      return;
    }
    yield* objects;
    if (!truncated) return;
    const last = objects.at(-1)?.key;
    // A page may be empty and not the last one, for example behind many deleted versions.
    if (last === undefined && next === undefined) throw notInOrder(startAfter);
    continuationToken = last === undefined ? next : undefined;
    startAfter = last ?? startAfter;
  } while (true);
}

function notInOrder(startAfter: string): StoreError {
  const after = JSON.stringify(startAfter);
  const message = `ListObjectsV2: what was listed after ${after} is not in the order of the keys, so it may not be all`;
  return new StoreError('NotInOrder', message, undefined, 1);
}

/** Such a store goes on where a token says; a directory bucket lists whole folders only. */
async function* listUnordered(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  let continuationToken: string | undefined;
  do {
    const { objects, truncated, next } = await store.listPage({ prefix: folder, continuationToken });
    yield* objects.filter(({ key }) => key.startsWith(prefix));
    if (truncated && next === undefined) throw notInOrder(objects.at(-1)?.key ?? '');
    continuationToken = next;
  } while (continuationToken !== undefined);
}
