import { indexAfterPrefix, indexOfKey } from './key-order.ts';

/** Which of the sorted keys a page contains. */
export interface PageQuery {
  /** Only keys with this prefix; empty for all. */
  readonly prefix: string;
  /** Keys that are equal up to its first occurrence after the prefix form one common prefix; empty for none. */
  readonly delimiter: string;
  /** Key or common prefix at or after which the page begins. */
  readonly from: string;
  /** Whether a key equal to `from` is on the page. */
  readonly inclusive: boolean;
  /** Maximum number of entries and common prefixes together. */
  readonly limit: number;
}

/** One page of a listing. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly commonPrefixes: readonly string[];
  /** Whether more entries follow. */
  readonly truncated: boolean;
  /** Last entry of the page; undefined if a common prefix is the last. */
  readonly lastEntry: T | undefined;
  /** Last key or common prefix of the page; '' if the page is empty. */
  readonly last: string;
}

function rollUp(key: string, { prefix, delimiter }: PageQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/**
 * Makes one page of a listing from sorted keys. A common prefix costs one binary search, however many keys it covers.
 *
 * @param expand returns the entries of a key: none for a deleted key, several for versions.
 */
export function listPage<T>(
  keys: readonly string[],
  query: PageQuery,
  expand: (key: string) => readonly T[],
): Page<T> {
  const entries: T[] = [];
  const commonPrefixes: string[] = [];
  let last = '';
  let lastEntry: T | undefined;
  const page = (truncated: boolean): Page<T> => ({ entries, commonPrefixes, truncated, last, lastEntry });
  const isFull = (): boolean => entries.length + commonPrefixes.length >= query.limit;
  if (query.limit === 0) return page(false);
  const start = Math.max(indexOfKey(keys, query.prefix), indexOfKey(keys, query.from, !query.inclusive));
  for (let index = start; index < keys.length; ) {
    const key = keys[index] as string;
    if (!key.startsWith(query.prefix)) break;
    const found = expand(key);
    const common = found.length > 0 ? rollUp(key, query) : undefined;
    index = common === undefined ? index + 1 : indexAfterPrefix(keys, common, index);
    if (common === undefined) {
      for (const entry of found) {
        if (isFull()) return page(true);
        entries.push(entry);
        [last, lastEntry] = [key, entry];
      }
    } else if (common !== query.from) {
      if (isFull()) return page(true);
      commonPrefixes.push(common);
      [last, lastEntry] = [common, undefined];
    }
  }
  return page(false);
}
