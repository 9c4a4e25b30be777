/** Longest key in bytes of UTF-8 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html). */
export const MAX_KEY_BYTES = 1024;

/** Suffix that rclone's `--links` adds to the names of symbolic links, by which it recognises them on restore. */
export const LINK_SUFFIX = '.rclonelink';

/** Brings a prefix into the form in which keys begin with it: without slashes before it, with one after it; '' stays empty. */
export function normalPrefix(prefix: string): string {
  // Without the lookbehind, slashes in the middle take quadratic time.
  const bare = prefix.replace(/^\/+/, '').replace(/(?<!\/)\/+$/, '');
  return bare === '' ? '' : `${bare}/`;
}

/**
 * Makes the key of a file: the prefix and the path relative to the source, unchanged. Different paths have different keys, with
 * one exception: a link that is stored as itself, and a file that is named like the link with its suffix.
 *
 * @param prefix Prefix as `normalPrefix` returns it.
 */
export function keyFor(prefix: string, path: string, link?: 'follow' | 'store'): string {
  return link === 'store' ? prefix + path + LINK_SUFFIX : prefix + path;
}

/** Compares two well-formed strings in the order of their UTF-8 bytes, in which S3 lists keys. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, so they must sort after the units U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

const FIRST_PRINTED = 0x20;
const LAST_BEFORE_SURROGATES = 0xd7ff;
const FIRST_BEHIND_SURROGATES = 0xe000;
/** The last Unicode character that XML can hold. */
const LAST_CHARACTER = 0x10fffd;

/**
 * Returns a string that sorts before a key with almost nothing between the two: for `img-99`, `img-98` followed by the last
 * character. A listing that began after `img-9` would first return `img-90`, `img-900` and all similar keys.
 */
export function justBefore(key: string): string {
  const characters = [...key];
  const last = characters.pop()?.codePointAt(0) ?? 0;
  const rest = characters.join('');
  if (last <= FIRST_PRINTED) return rest;
  const previous = last === FIRST_BEHIND_SURROGATES ? LAST_BEFORE_SURROGATES : last - 1;
  return rest + String.fromCodePoint(previous, LAST_CHARACTER);
}
