import { lstatSync, type Stats, statSync } from 'node:fs';
import { DEFAULTS } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { type Found, type Item, settle } from '../flow/item.ts';
import { absolutePath } from '../source/root.ts';
import { sourceErrorFrom } from '../source/source-error.ts';

export interface SizeAndAgeOptions {
  /** Only files that were last modified at least this many seconds ago. Default 0. */
  readonly minAgeSeconds?: number | undefined;
  /** Only files that were last modified at most this many seconds ago. Default: no limit. */
  readonly maxAgeSeconds?: number | undefined;
  /** Only files of at least this many bytes. Default 0. */
  readonly minSizeBytes?: number | undefined;
  /** Only files of at most this many bytes. Default: no limit. */
  readonly maxSizeBytes?: number | undefined;
}

/** Pairs of limits between which no file can lie, by the names of the lower and the upper one. */
export function emptyRanges(options: SizeAndAgeOptions): (readonly [LowerLimit, UpperLimit])[] {
  return LIMITS.filter(
    ([lower, upper]) => (options[lower] ?? 0) > (options[upper] ?? Number.POSITIVE_INFINITY),
  );
}

type LowerLimit = 'minSizeBytes' | 'minAgeSeconds';
type UpperLimit = 'maxSizeBytes' | 'maxAgeSeconds';

const LIMITS: readonly (readonly [LowerLimit, UpperLimit])[] = [
  ['minSizeBytes', 'maxSizeBytes'],
  ['minAgeSeconds', 'maxAgeSeconds'],
];

/** @throws BackupError `BAD_OPTION` if no file can lie between two limits */
export function requireRanges(options: SizeAndAgeOptions): void {
  for (const [lower, upper] of emptyRanges(options))
    throw new BackupError(
      'BAD_OPTION',
      `${lower} is ${options[lower]}, which is more than ${upper} (${options[upper]}); no file can match both.`,
    );
}

/** Settles a file outside the limits; undefined if it is within them. Examines the file only if a limit is set. */
export function leftOutBySizeOrAge(file: Found, options: SizeAndAgeOptions): Item<never> | undefined {
  if (!hasLimit(options)) return undefined;
  try {
    const path = absolutePath(file.root, file.path);
    const stats = file.link === 'follow' ? statSync(path) : lstatSync(path);
    return tooYoungOrOld(file, stats, options) ?? tooSmallOrBig(file, stats, options);
  } catch (error) {
    const { code, message, fate } = sourceErrorFrom(error);
    // A missing file is settled by the stage that opens it.
    return code === 'NOT_FOUND' ? undefined : settle(file, fate, { code, reason: message });
  }
}

function hasLimit(options: SizeAndAgeOptions): boolean {
  const {
    minAgeSeconds = DEFAULTS.minAgeSeconds,
    maxAgeSeconds,
    minSizeBytes = DEFAULTS.minSizeBytes,
    maxSizeBytes,
  } = options;
  return minAgeSeconds > 0 || maxAgeSeconds !== undefined || minSizeBytes > 0 || maxSizeBytes !== undefined;
}

function tooYoungOrOld(
  file: Found,
  { mtimeMs }: Stats,
  { minAgeSeconds = DEFAULTS.minAgeSeconds, maxAgeSeconds = Number.POSITIVE_INFINITY }: SizeAndAgeOptions,
): Item<never> | undefined {
  const age = (Date.now() - mtimeMs) / 1000;
  const modified = `modified ${Math.max(0, Math.floor(age))} s ago`;
  if (minAgeSeconds > 0 && age < minAgeSeconds)
    return settle(file, 'skipped', {
      code: 'TOO_YOUNG',
      reason: `${modified}, less than ${minAgeSeconds} s`,
    });
  if (age > maxAgeSeconds)
    return settle(file, 'skipped', { code: 'TOO_OLD', reason: `${modified}, more than ${maxAgeSeconds} s` });
  return undefined;
}

function tooSmallOrBig(
  file: Found,
  { size }: Stats,
  { minSizeBytes = DEFAULTS.minSizeBytes, maxSizeBytes = Number.POSITIVE_INFINITY }: SizeAndAgeOptions,
): Item<never> | undefined {
  if (size < minSizeBytes) {
    const reason = `${size} bytes, less than ${minSizeBytes}`;
    return settle({ ...file, size }, 'skipped', { code: 'TOO_SMALL', reason });
  }
  if (size <= maxSizeBytes) return undefined;
  const reason = `${size} bytes, more than ${maxSizeBytes}`;
  return settle({ ...file, size }, 'skipped', { code: 'TOO_BIG', reason });
}
