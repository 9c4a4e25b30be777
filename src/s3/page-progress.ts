import { storeErrorOf } from './store-error.ts';

/**
 * Most empty pages in a row. A page of AWS skips about a thousand deleted objects, so a listing may skip a hundred million of
 * them.
 */
const MAX_EMPTY_PAGES = 100_000;

/**
 * Follows one listing from page to page, and ends it if its pages do not advance: a position repeats, at once or in a cycle of
 * pages, or too many pages in a row are empty. Remembers one position (Brent's algorithm): a cycle of n pages is found after
 * at most 3 n pages, however long the listing is.
 */
export class PageProgress {
  readonly #operation: string;
  #remembered: string | undefined;
  #pagesSince = 0;
  #pagesUntilNext = 1;
  #emptyPages = 0;

  /** @param operation Name of the listing operation in S3's API, for messages. */
  constructor(operation: string) {
    this.#operation = operation;
  }

  /**
   * @param next Position of the next page: a token, or markers; undefined if a page that is not the last one has none.
   * @param entries Number of entries in the page that named it.
   * @returns `next`
   * @throws StoreError `ListingStuck`
   */
  advance<T>(next: T | undefined, entries: number): T {
    if (next === undefined)
      throw this.#stuck('a page is not the last one, but does not say where the next one begins');
    this.#emptyPages = entries === 0 ? this.#emptyPages + 1 : 0;
    if (this.#emptyPages >= MAX_EMPTY_PAGES)
      throw this.#stuck(`${MAX_EMPTY_PAGES} pages in a row are empty, and more pages follow`);
    const place = JSON.stringify(next);
    if (place === this.#remembered)
      throw this.#stuck('the next page would begin at the position of an earlier one');
    this.#pagesSince += 1;
    if (this.#pagesSince === this.#pagesUntilNext) {
      this.#remembered = place;
      this.#pagesSince = 0;
      this.#pagesUntilNext *= 2;
    }
    return next;
  }

  #stuck(text: string) {
    return storeErrorOf({ operation: this.#operation, code: 'ListingStuck', text });
  }
}
