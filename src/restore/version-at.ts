import { BackupError } from '../core/errors.ts';
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
export function parseMoment(text: string): number {
  const moment = TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new BackupError(
    'BAD_OPTION',
    `versionAt is ${JSON.stringify(text)}; allowed is a time with its zone, or a date (its first moment in UTC).`,
    { hint: 'For example 2026-11-24T13:00:00+01:00, or 2026-11-24.' },
  );
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** An object at a moment. */
export interface ObjectAtMoment {
  /** Its first listed version, which on S3 is the newest. */
  readonly newest: ListedVersion;
  /** `absent` if there was no object; `unknown` if it was overwritten since, in a bucket that kept no versions. */
  readonly found: ListedVersion | 'absent' | 'unknown';
}

/**
 * Finds the version of each object that was current at a moment. Memory: two versions.
 *
 * @param versions Those of one key follow each other.
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
    // What is written without versioning has this id, and takes the place of the one before, which may have been that of then.
    if (!existedAtMoment) this.#isUnknown ||= versionId === 'null';
    else if (this.#current === undefined || newestFirst(version, this.#current) < 0) this.#current = version;
  }

  get found(): ObjectAtMoment['found'] {
    if (this.#isUnknown) return 'unknown';
    return this.#current === undefined || this.#current.isDeleteMarker ? 'absent' : this.#current;
  }
}

/**
 * S3 tells times to the second: of a file that was written and deleted within one, the latest is known, and otherwise the
 * file is taken to have been there. Versions come newest first: of two that are equal by this the first one counts.
 */
function newestFirst(a: ListedVersion, b: ListedVersion): number {
  const later = (b.lastModified ?? 0) - (a.lastModified ?? 0);
  return (
    later || Number(b.isLatest) - Number(a.isLatest) || Number(a.isDeleteMarker) - Number(b.isDeleteMarker)
  );
}
