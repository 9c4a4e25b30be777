import { compareKeys, justBefore } from '../core/key.ts';
import { isInOrder } from './list-order.ts';
import type { Store } from './store.ts';
import type { ListedObject, ListPage } from './store-types.ts';

/** What a listing says about a key. `unknown`: there was no listing, or it was not worth its cost. */
export type CursorAnswer = ListedObject | 'absent' | 'unknown';

/** Cost of a page, in files that are read instead: at most one page is requested per this many keys. */
const KEYS_PER_PAGE_REQUEST = 8;
/** Pages that may be requested in a row in spite of that: a gap holds objects whose files are gone here. */
const PAGES_AHEAD = 8;
/** Keys that are answered without a listing after one that failed in spite of its retries, or did not advance. */
const KEYS_AFTER_FAILURE = 1_000;

class Page {
  readonly #objects: readonly ListedObject[];
  /** The page answers for the keys after this one, up to its last key. */
  readonly #behind: string;
  readonly upTo: string;
  /** Whether this is the last page, which also answers for all keys after its last one. */
  readonly isLast: boolean;
  #next = 0;
  #places: ReadonlyMap<string, number> | undefined;

  constructor(behind: string, { objects, truncated }: ListPage) {
    this.#objects = objects;
    this.#behind = behind;
    this.upTo = objects.at(-1)?.key ?? behind;
    this.isLast = !truncated;
  }

  /** Answer for a key; undefined if this page does not cover it. */
  answer(key: string): ListedObject | 'absent' | undefined {
    const place = this.#placeOf(key);
    if (place !== undefined) {
      this.#next = place + 1;
      return this.#objects[place];
    }
    const isCovered = compareKeys(key, this.#behind) > 0 && (this.isLast || compareKeys(key, this.upTo) <= 0);
    return isCovered ? 'absent' : undefined;
  }

  /**
   * Position of a key in the page; undefined if the page lacks it. Most keys come in the order of the page, so that a
   * map is rarely needed.
   */
  #placeOf(key: string): number | undefined {
    if (this.#objects[this.#next]?.key === key) return this.#next;
    if (compareKeys(key, this.upTo) > 0) return undefined;
    this.#places ??= new Map(this.#objects.map((object, place) => [object.key, place]));
    return this.#places.get(key);
  }
}

/**
 * Finds the objects of keys that come in the order in which S3 lists them, in one pass over the listing, with one
 * request per thousand objects. Keys in another order get answers as well, but fewer.
 *
 * - Memory: two pages, since the next one is on its way while one is in use.
 * - Requests: one for a thousand objects below the prefix, and never more than one for eight keys.
 */
export class ListingCursor {
  readonly #store: Pick<Store, 'listPage'>;
  readonly #prefix: string;
  readonly #end: string | undefined;
  #page: Page | undefined;
  #next: Promise<Page | undefined> | undefined;
  #turning: Promise<CursorAnswer> | undefined;
  #credit = PAGES_AHEAD;

  /**
   * @param prefix Prefix of all keys.
   * @param end All keys sort before this one, so no page behind it is requested. Default: there is no such key.
   */
  constructor(store: Pick<Store, 'listPage'>, prefix: string, end?: string) {
    this.#store = store;
    this.#prefix = prefix;
    this.#end = end;
  }

  /**
   * Finds the object of a key. Answers without a promise if the page that covers the key has arrived, which saves a
   * promise for each key.
   */
  find(key: string): CursorAnswer | Promise<CursorAnswer> {
    if (this.#turning !== undefined) return this.#turning.then(() => this.find(key));
    this.#credit = Math.min(PAGES_AHEAD, this.#credit + 1 / KEYS_PER_PAGE_REQUEST);
    const answer = this.#page?.answer(key);
    if (answer !== undefined) return answer;
    this.#turning = this.#turnTo(key).finally(() => {
      this.#turning = undefined;
    });
    return this.#turning;
  }

  /** Turns to the next page, and then to the position of the key if it is not covered. */
  async #turnTo(key: string): Promise<CursorAnswer> {
    const isAhead = this.#page !== undefined && compareKeys(key, this.#page.upTo) > 0;
    if (isAhead && this.#next !== undefined) {
      await this.#use(this.#next);
      const answer = this.#page?.answer(key);
      if (answer !== undefined) return answer;
    }
    if (this.#credit < 1) return 'unknown';
    await this.#use(this.#read(justBefore(key)));
    return this.#page?.answer(key) ?? 'unknown';
  }

  async #use(coming: Promise<Page | undefined>): Promise<void> {
    this.#next = undefined;
    this.#page = await coming;
    if (this.#page !== undefined && this.#hasNext(this.#page) && this.#credit >= 1)
      this.#next = this.#read(this.#page.upTo);
  }

  #hasNext({ isLast, upTo }: Page): boolean {
    return !isLast && (this.#end === undefined || compareKeys(upTo, this.#end) < 0);
  }

  /** Reads a page. Never rejects: a caller that needs an answer asks in another way, and reports the failure. */
  async #read(behind: string): Promise<Page | undefined> {
    this.#credit -= 1;
    const page = await this.#store
      .listPage({ prefix: this.#prefix, startAfter: behind })
      .catch(() => undefined);
    if (page !== undefined && advances(behind, page)) return new Page(behind, page);
    this.#credit = -KEYS_AFTER_FAILURE / KEYS_PER_PAGE_REQUEST;
    return undefined;
  }
}

/** Whether a page begins after this key and ends after its beginning. Otherwise the next page would be the same again. */
function advances(behind: string, { objects, truncated }: ListPage): boolean {
  return isInOrder(behind, objects) && (objects.length > 0 || !truncated);
}
