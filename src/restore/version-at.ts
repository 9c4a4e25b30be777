import { BackupError } from '../errors.ts';
import type { ListedVersion } from '../s3/store.ts';

/** A day, or a moment with its zone. Without one a time would mean another moment on each machine. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Reads a moment.
 *
 * @param text ISO 8601 with a zone; a date alone is its first moment in UTC.
 * @returns milliseconds since 1970
 * @throws BackupError `BAD_OPTION`
 */
export function momentOf(text: string): number {
  const moment = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new BackupError(
    'BAD_OPTION',
    `versionAt is ${JSON.stringify(text)}; allowed is a time with its zone, or a date (its first moment in UTC).`,
    { hint: 'For example --version-at 2026-11-24T13:00:00+01:00, or --version-at 2026-11-24.' },
  );
}

/**
 * Which version of an object was the current one at a moment.
 *
 * @param versions All of one key.
 * @returns `absent` where there was no object; `unknown` where it was written over since, in a bucket that kept no versions
 */
export function versionAt(
  versions: readonly ListedVersion[],
  moment: number,
): ListedVersion | 'absent' | 'unknown' {
  const then = versions.filter(({ lastModified }) => lastModified !== undefined && lastModified <= moment);
  const [newest] = then.sort(newestFirst);
  // What is written without versioning has this id, and takes the place of the one before.
  if (newest === undefined)
    return versions.some(({ versionId }) => versionId === 'null') ? 'unknown' : 'absent';
  return newest.isDeleteMarker ? 'absent' : newest;
}

/**
 * S3 tells times to the second: of a file that was written and deleted within one, the latest is known, and otherwise the
 * file is taken to have been there. Versions come newest first, which the sort keeps.
 */
function newestFirst(a: ListedVersion, b: ListedVersion): number {
  const later = (b.lastModified ?? 0) - (a.lastModified ?? 0);
  return (
    later || Number(b.isLatest) - Number(a.isLatest) || Number(a.isDeleteMarker) - Number(b.isDeleteMarker)
  );
}
