import type { Capabilities } from './capabilities.ts';
import { isInOrder } from './list-order.ts';
import { PageProgress } from './page-progress.ts';
import { StoreError } from './store-error.ts';
import type { ListedObject, ListPage, ListRequest } from './store-types.ts';

const OPERATION = 'ListObjectsV2';

/** Position where a page begins. */
interface Place {
  readonly startAfter: string;
  readonly continuationToken?: string;
}

/** A store that lists one page at a time. */
interface Lister {
  readonly capabilities: Pick<Capabilities, 'listsInOrder'>;
  listPage(request: ListRequest): Promise<ListPage>;
}

/**
 * Lists every object whose key begins with a prefix, a page at a time. If the first page shows that the store lists in
 * no order, the listing is continued by its tokens.
 *
 * @throws StoreError `NotInOrder` if a later page is out of order, so that objects may be missing; `ListingStuck` if its pages
 * do not advance
 */
export function listObjects(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  return store.capabilities.listsInOrder ? listInOrder(store, prefix) : listUnordered(store, prefix);
}

async function* listInOrder(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  const progress = new PageProgress(OPERATION);
  for (let place: Place = { startAfter: '' }; ; ) {
    const { startAfter } = place;
    const { objects, truncated, next } = await store.listPage({ prefix, ...place });
    if (!isInOrder(startAfter, objects)) {
      store.capabilities.listsInOrder = false;
      if (startAfter !== '') throw notInOrder(startAfter);
      yield* listUnordered(store, prefix);
      return;
    }
    yield* below(prefix, objects);
    if (!truncated) return;
    place = progress.advance(placeBehind(startAfter, objects, next), objects.length);
  }
}

/** Position after a page. An empty page need not be the last one, for example after many deleted versions. */
function placeBehind(
  startAfter: string,
  objects: readonly ListedObject[],
  continuationToken: string | undefined,
): Place | undefined {
  const last = objects.at(-1)?.key;
  if (last !== undefined) return { startAfter: last };
  return continuationToken === undefined ? undefined : { startAfter, continuationToken };
}

function notInOrder(startAfter: string): StoreError {
  const after = JSON.stringify(startAfter);
  const message = `ListObjectsV2: the listing after ${after} is not in the order of the keys, so it may be incomplete`;
  return new StoreError('NotInOrder', message, undefined, 1);
}

/** Lists a store that lists in no order, and so continues at a token only; a directory bucket lists whole folders only. */
async function* listUnordered(store: Lister, prefix: string): AsyncGenerator<ListedObject, void> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const progress = new PageProgress(OPERATION);
  for (let continuationToken: string | undefined; ; ) {
    const { objects, truncated, next } = await store.listPage({ prefix: folder, continuationToken });
    yield* below(prefix, objects);
    if (!truncated && next === undefined) return;
    continuationToken = progress.advance(next, objects.length);
  }
}

/** Removes keys outside the prefix, which some stores list. */
function below(prefix: string, objects: readonly ListedObject[]): readonly ListedObject[] {
  return objects.filter(({ key }) => key.startsWith(prefix));
}
