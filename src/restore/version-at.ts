import { BackupError } from '../core/errors.ts';
import type { ListedVersion } from '../s3/store.ts';

/** A date, or a time with its zone. A time without a zone would differ between machines, so it is refused. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Parses a point in time.
 *
 * @param text ISO 8601 with a zone. A date alone means its first moment in UTC.
 * @returns milliseconds since 1970
 * @throws BackupError `BAD_OPTION`
 */
export function parseMoment(text: string): number {
  const moment = TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new BackupError(
    'BAD_OPTION',
    `versionAt is ${JSON.stringify(text)}; allowed is a time with its zone, or a date (its first moment in UTC).`,
    { hint: 'For example 2026-11-24T13:00:00+01:00, or 2026-11-24.' },
  );
}

/** Whether a date exists: `Date.parse` accepts the 30th of February as the 2nd of March. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** State of one object at a point in time. */
export interface ObjectAtMoment {
  /** First listed version, which on S3 is the newest. */
  readonly newest: ListedVersion;
  /** `absent` if there was no object; `unknown` if it was overwritten later, while the bucket kept no versions. */
  readonly found: ListedVersion | 'absent' | 'unknown';
}

/**
 * Finds the version of each object that was current at a point in time. Memory: two versions.
 *
 * @param versions Versions grouped by key, as ListObjectVersions returns them.
 * @param moment Milliseconds since 1970.
 */
export async function* versionsAt(
  versions: AsyncIterable<ListedVersion>,
  moment: number,
): AsyncGenerator<ObjectAtMoment, void> {
  let choice: Choice | undefined;
  for await (const version of versions) {
    if (choice !== undefined && choice.newest.key !== version.key) {
      yield choice;
      choice = undefined;
    }
    choice ??= new Choice(version, moment);
    choice.add(version);
  }
  if (choice !== undefined) yield choice;
}

class Choice implements ObjectAtMoment {
  readonly newest: ListedVersion;
  readonly #moment: number;
  #current: ListedVersion | undefined;
  #isUnknown = false;

  constructor(newest: ListedVersion, moment: number) {
    this.newest = newest;
    this.#moment = moment;
  }

  add(version: ListedVersion): void {
    const { versionId, lastModified } = version;
    const existedAtMoment = lastModified !== undefined && lastModified <= this.#moment;
    // A version with the id `null` was written without versioning. It replaced an earlier one, perhaps the wanted one.
    if (!existedAtMoment) this.#isUnknown ||= versionId === 'null';
    else if (this.#current === undefined || newestFirst(version, this.#current) < 0) this.#current = version;
  }

  get found(): ObjectAtMoment['found'] {
    if (this.#isUnknown) return 'unknown';
    return this.#current === undefined || this.#current.isDeleteMarker ? 'absent' : this.#current;
  }
}

/**
 * Orders two versions by time, the newer one first. S3 reports times in whole seconds. Of two versions of the same second, the
 * latest one of the key is newer, and a version is preferred to a delete marker. If both are still equal (0), the one that is
 * listed first is newer.
 */
function newestFirst(a: ListedVersion, b: ListedVersion): number {
  const later = (b.lastModified ?? 0) - (a.lastModified ?? 0);
  return (
    later || Number(b.isLatest) - Number(a.isLatest) || Number(a.isDeleteMarker) - Number(b.isDeleteMarker)
  );
}
