import { storeErrorOf } from './store-error.ts';

/** AWS passes about a thousand deleted objects in a page: a hundred million of them in a row are as many empty pages. */
const MOST_EMPTY_PAGES = 100_000;

/**
 * Follows one listing from page to page, and ends it where it leads nowhere: the same place comes again, at once or after a
 * circle of pages, or page after page is empty. Remembers one place only (Brent's algorithm), so that a circle of n pages is
 * found after at most 3 n, however long the listing is.
 */
export class PageProgress {
  readonly #operation: string;
  #remembered: string | undefined;
  #pagesSince = 0;
  #pagesUntilNext = 1;
  #emptyPages = 0;

  /** @param operation Its name in S3's API, for messages. */
  constructor(operation: string) {
    this.#operation = operation;
  }

  /**
   * @param next Where the next page begins: a token, or markers. Undefined where the page does not say, although it says
   * that there are more.
   * @param entries Of the page that says so.
   * @returns the same
   * @throws StoreError `ListingStuck`
   */
  advance<T>(next: T | undefined, entries: number): T {
    if (next === undefined) throw this.#stuck('a page says that there are more, and not where they begin');
    this.#emptyPages = entries === 0 ? this.#emptyPages + 1 : 0;
    if (this.#emptyPages >= MOST_EMPTY_PAGES)
      throw this.#stuck(`${MOST_EMPTY_PAGES} pages in a row are empty, and say that there are more`);
    const place = JSON.stringify(next);
    if (place === this.#remembered) throw this.#stuck('the next page begins where an earlier one began');
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
