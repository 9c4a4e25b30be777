import { closeSync, constants, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { messageOf, systemCode } from '../core/errors.ts';
import { RuleFileError } from './rule-file.ts';

const { O_RDONLY, O_NONBLOCK = 0 } = constants;
/**
 * Name of the tag, and the signature that a CACHEDIR.TAG must begin with (https://bford.info/cachedir/), so that no other file
 * of that name counts.
 */
const CACHE_TAG = 'CACHEDIR.TAG';
const CACHE_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55';

/**
 * Whether an entry of a folder excludes the folder.
 *
 * @throws RuleFileError if the entry cannot be examined
 */
export function marks(path: string, name: string): boolean {
  const stats = entryAt(path);
  if (stats === undefined) return false;
  return name !== CACHE_TAG || (stats.isFile() && isCacheTag(path));
}

/**
 * The state of an entry; undefined only if there is none.
 *
 * @throws RuleFileError
 */
export function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTDIR') return undefined;
    throw new RuleFileError(`${path}: cannot be examined (${code ?? messageOf(error)})`);
  }
}

/** @throws RuleFileError */
function isCacheTag(path: string): boolean {
  try {
    return beginningOf(path, CACHE_SIGNATURE.length) === CACHE_SIGNATURE;
  } catch (error) {
    throw new RuleFileError(`${path}: cannot be read (${systemCode(error) ?? messageOf(error)})`);
  }
}

function beginningOf(path: string, length: number): string {
  // The flag avoids waiting for a pipe that has taken the name.
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(length);
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}
