import { compareKeys, justBefore } from '../core/key.ts';
import { holdsKey, holdsNothing, type KeyRange } from '../core/key-range.ts';
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

type Pages = AsyncGenerator<readonly ListedObject[], void>;

/** A store that lists one page at a time. */
interface Lister {
  readonly capabilities: Pick<Capabilities, 'listsInOrder'>;
  listPage(request: ListRequest): Promise<ListPage>;
}

/**
 * Lists every object whose key begins with a prefix, a page at a time. If the first page shows that the store lists in
 * no order, the listing is continued by its tokens.
 *
 * @param range Range of the keys, without the prefix. Only its pages are requested, if the store lists in order. Default: all.
 * @throws StoreError `NotInOrder` if a later page is out of order, so that objects may be missing; `ListingStuck` if its pages
 * do not advance
 */
export async function* listObjects(
  store: Lister,
  prefix: string,
  range: KeyRange = {},
): AsyncGenerator<ListedObject, void> {
  if (holdsNothing(range)) return;
  const isWanted = ({ key }: ListedObject) =>
    key.startsWith(prefix) && holdsKey(range, key.slice(prefix.length));
  const pages = store.capabilities.listsInOrder
    ? pagesInOrder(store, prefix, range)
    : unorderedPages(store, prefix);
  // Some stores list keys outside the prefix.
  for await (const objects of pages) yield* objects.filter(isWanted);
}

async function* pagesInOrder(store: Lister, prefix: string, { from = '', to }: KeyRange): Pages {
  const progress = new PageProgress(OPERATION);
  const first: Place = { startAfter: from === '' ? '' : justBefore(prefix + from) };
  for (let place = first; ; ) {
    const { startAfter } = place;
    const { objects, truncated, next } = await store.listPage({ prefix, ...place });
    if (!isInOrder(startAfter, objects)) {
      store.capabilities.listsInOrder = false;
      if (place !== first) throw notInOrder(startAfter);
      yield* unorderedPages(store, prefix);
      return;
    }
    yield objects;
    const last = objects.at(-1)?.key;
    const isPast = to !== undefined && last !== undefined && compareKeys(last, prefix + to) >= 0;
    if (!truncated || isPast) return;
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
async function* unorderedPages(store: Lister, prefix: string): Pages {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const progress = new PageProgress(OPERATION);
  for (let continuationToken: string | undefined; ; ) {
    const { objects, truncated, next } = await store.listPage({ prefix: folder, continuationToken });
    yield objects;
    if (!truncated && next === undefined) return;
    continuationToken = progress.advance(next, objects.length);
  }
}
