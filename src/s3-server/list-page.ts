import { indexAfterPrefix, indexOfKey } from './key-order.ts';

/** What part of the sorted keys a listing is about. */
export interface PageQuery {
  /** Only keys that start so; empty for all. */
  readonly prefix: string;
  /** Rolls up what follows its next occurrence; empty for none. */
  readonly delimiter: string;
  /** Where the page begins, in the order of keys. */
  readonly from: string;
  /** Whether a key equal to `from` belongs to the page. */
  readonly inclusive: boolean;
  /** Most entries and common prefixes together. */
  readonly limit: number;
}

/** One page of a listing. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  /** The last entry of the page, unless a common prefix was the last. */
  readonly lastEntry: T | undefined;
  /** The last key or common prefix of the page. */
  readonly last: string;
}

function rollUp(key: string, { prefix, delimiter }: PageQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/**
 * Cuts one page out of sorted keys. A common prefix costs one binary search, however many keys it covers.
 *
 * @param expand the entries under one key: none for a dead key, several for versions.
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
