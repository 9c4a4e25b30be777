import { justBefore } from '../core/key.ts';
import { Batch } from '../flow/batch.ts';
import { isInOrder } from './list-order.ts';
import type { Store } from './store.ts';
import type { ListedObject } from './store-types.ts';

/**
 * Fewest keys of one listing; fewer keys are asked for one by one. A page of 1,000 entries costs about as much as this
 * many HEADs.
 */
const MIN_LISTED_KEYS = 8;
const IDLE_MS = 25;
const LONGEST_MS = 1_000;

/** What a listing says about a key. `unknown`: a listing was not worth its cost, or could not be trusted; ask with HEAD. */
export type Lookup = ListedObject | 'absent' | 'unknown';

interface Waiting {
  readonly key: string;
  readonly bytes: Buffer;
  readonly answer: (lookup: Lookup) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Looks up many keys with few requests: gathers keys that are asked for at about the same time and reads their objects'
 * sizes and ETags from listings, which S3 guarantees to be up to date (https://aws.amazon.com/s3/consistency/). Needs
 * about one request per thousand keys that lie close together.
 */
export class KeyLookup {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #batch: Batch<Waiting>;

  /**
   * @param prefix Prefix of all keys.
   * @param limit Most keys of one batch.
   */
  constructor(store: Store, prefix: string, limit: number) {
    this.#store = store;
    this.#prefix = prefix;
    this.#batch = new Batch(limit, { idleMs: IDLE_MS, longestMs: LONGEST_MS }, (batch) => this.#look(batch));
  }

  /** @throws StoreError */
  find(key: string): Promise<Lookup> {
    return new Promise((answer, fail) => {
      this.#batch.add({ key, bytes: Buffer.from(key), answer, fail });
    });
  }

  #look(batch: Waiting[]): void {
    if (batch.length < MIN_LISTED_KEYS || !this.#store.capabilities.listsInOrder)
      for (const { answer } of batch) answer('unknown');
    else
      this.#list(batch).catch((error) => {
        for (const { fail } of batch) fail(error);
      });
  }

  /**
   * Lists the keys of a batch. S3 lists in the order of the keys' UTF-8 bytes, so a page answers for every key from its
   * beginning to its last key. A store that lists in no order is not asked again: a key that a page lacks may be
   * anywhere.
   */
  async #list(batch: Waiting[]): Promise<void> {
    batch.sort((a, b) => a.bytes.compare(b.bytes));
    for (let next = 0; next < batch.length; ) {
      const startAfter = justBefore(batch[next]?.key ?? '');
      const page = await this.#store.listPage({ prefix: this.#prefix, startAfter });
      if (!isInOrder(startAfter, page.objects)) {
        this.#store.capabilities.listsInOrder = false;
        for (const { answer } of batch.slice(next)) answer('unknown');
        return;
      }
      const objects = new Map(page.objects.map((object) => [object.key, object]));
      const last = page.truncated ? Buffer.from(page.objects.at(-1)?.key ?? '') : undefined;
      const from = next;
      for (; next < batch.length; next += 1) {
        const waiting = batch[next];
        if (waiting === undefined || (last && waiting.bytes.compare(last) > 0)) break;
        waiting.answer(objects.get(waiting.key) ?? 'absent');
      }
      if (last && next - from < MIN_LISTED_KEYS) {
        for (const { answer } of batch.slice(next)) answer('unknown');
        return;
      }
    }
  }
}

/** A lookup of keys below a prefix; undefined for a store that lists in no order, whose listings cannot begin at a key. */
export function keyLookupFor(store: Store, prefix: string, limit: number): KeyLookup | undefined {
  return store.listsInOrder ? new KeyLookup(store, prefix, limit) : undefined;
}
