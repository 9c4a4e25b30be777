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
  const moment = TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new BackupError(
    'BAD_OPTION',
    `versionAt is ${JSON.stringify(text)}; allowed is a time with its zone, or a date (its first moment in UTC).`,
    { hint: 'For example --version-at 2026-11-24T13:00:00+01:00, or --version-at 2026-11-24.' },
  );
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
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
  const isOfThen = ({ lastModified }: ListedVersion) => lastModified !== undefined && lastModified <= moment;
  // What is written without versioning has this id, and takes the place of the one before, which may have been that of then.
  if (versions.some((version) => version.versionId === 'null' && !isOfThen(version))) return 'unknown';
  const [newest] = versions.filter(isOfThen).sort(newestFirst);
  return newest === undefined || newest.isDeleteMarker ? 'absent' : newest;
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
