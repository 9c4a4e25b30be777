import { BackupError } from './errors.ts';
import { compareKeys } from './key.ts';

/**
 * Keys from one to another in the order of their UTF-8 bytes, in which S3 lists them. Ranges whose `to` is the next one's
 * `from` share no key and leave none out.
 */
export interface KeyRange {
  /** The first key; it need not exist. Default: there is no lower bound. */
  readonly from?: string | undefined;
  /** The first key that is not in the range. Default: there is no upper bound. */
  readonly to?: string | undefined;
}

/** No key sorts before the empty one. */
const NOTHING: KeyRange = Object.freeze({ to: '' });
const EVERYTHING: KeyRange = Object.freeze({});

/**
 * Checks that a range begins before it ends.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function requireRange(range: KeyRange): KeyRange {
  const { from, to } = range;
  if (from === undefined || to === undefined || compareKeys(from, to) < 0) return range;
  throw new BackupError(
    'BAD_OPTION',
    `range is from ${JSON.stringify(from)} to ${JSON.stringify(to)}; allowed is a \`from\` that sorts before \`to\` in ` +
      'the order of their UTF-8 bytes.',
  );
}

/** Whether a range can hold no key. */
export function holdsNothing({ to }: KeyRange): boolean {
  return to === '';
}

/** Whether a range holds every key. */
export function holdsEverything({ from = '', to }: KeyRange): boolean {
  return from === '' && to === undefined;
}

/** Whether two ranges share no key. */
export function areApart(one: KeyRange, other: KeyRange): boolean {
  return endsBefore(one, other) || endsBefore(other, one);
}

function endsBefore({ to }: KeyRange, { from = '' }: KeyRange): boolean {
  return to !== undefined && compareKeys(to, from) <= 0;
}

/** Whether a key is in a range. */
export function holdsKey({ from, to }: KeyRange, key: string): boolean {
  return (
    (from === undefined || compareKeys(key, from) >= 0) && (to === undefined || compareKeys(key, to) < 0)
  );
}

/**
 * The part of a range below a prefix, without the prefix: of the keys `photos/a` to `photos/k`, those below `photos/` are `a`
 * to `k`, and below `docs/` there is none.
 */
export function rangeBelow({ from = '', to }: KeyRange, prefix: string): KeyRange {
  if (prefix === '') return { from, to };
  const isCutAtStart = from.startsWith(prefix);
  const isCutAtEnd = to?.startsWith(prefix) ?? false;
  if (!isCutAtStart && compareKeys(from, prefix) > 0) return NOTHING;
  if (to !== undefined && !isCutAtEnd && compareKeys(to, prefix) < 0) return NOTHING;
  if (!isCutAtStart && !isCutAtEnd) return EVERYTHING;
  return {
    from: isCutAtStart ? from.slice(prefix.length) : undefined,
    to: isCutAtEnd ? to?.slice(prefix.length) : undefined,
  };
}
