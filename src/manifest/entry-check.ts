import { BackupError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import type { ManifestEntry } from './manifest.ts';
import { flawOfKey, LONE_SURROGATE, parseEntry, shortJson } from './record-form.ts';
import { isStored } from './stored-entry.ts';

/** Reason for a record whose form is not that of a manifest or report. */
export const NOT_AS_WRITTEN = 'it is not as s3-backup has written it: an entry a line';

/** Parses and validates the entries of a record one by one. No two stored entries may have the same key. */
export class EntryCheck {
  /** Name of the record in messages. */
  readonly name: string;
  readonly #prefix: string;
  readonly #writer: string;
  /** Keys of stored entries. Each takes 8 to 16 bytes of memory. */
  readonly #stored = new SeenPaths();
  #count = 0;

  /**
   * @param prefix Prefix of the record, as `normalPrefix` returns it.
   * @param name Name of the record in messages.
   * @param writer Note about the version that wrote the record, as `writtenByNote` returns it. Default ''.
   */
  constructor(prefix: string, name: string, writer = '') {
    this.#prefix = prefix;
    this.#writer = writer;
    this.name = name;
  }

  /** Number of entries parsed so far. */
  get count(): number {
    return this.#count;
  }

  /** Parses one line. @throws BackupError `MANIFEST_UNREADABLE` */
  parseLine(line: string): ManifestEntry {
    this.#count += 1;
    const json = parseJson(line);
    if (typeof json !== 'object' || json === null)
      throw manifestUnreadable(this.name, `${NOT_AS_WRITTEN}, not ${shortJson(line)}`);
    const entry = parseEntry(json);
    if ('flaw' in entry) throw this.#unusable(entry.flaw);
    const flaw = flawOfKey(entry.value, this.#prefix) ?? this.#flawOf(entry.value);
    if (flaw !== undefined) throw this.#unusable(flaw);
    return entry.value;
  }

  /**
   * Why a valid entry cannot be used. Entries of files that were not stored pass, since they cause no request, and since several
   * names that are not UTF-8 can be decoded to the same path.
   */
  #flawOf(entry: ManifestEntry): string | undefined {
    if (!isStored(entry)) return undefined;
    if (LONE_SURROGATE.test(entry.path)) return 'its path is no text in Unicode';
    return this.#stored.add(entry.key) ? undefined : `it is the second of ${shortJson(entry.path)}`;
  }

  #unusable(flaw: string): BackupError {
    return manifestUnreadable(this.name, `${NOT_AS_WRITTEN}; entry ${this.#count}: ${flaw}${this.#writer}`);
  }
}

/** Parses JSON. @returns undefined if the text is not JSON */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const NAME_ANOTHER = 'Name a report, a manifest, or a run that stored one.';

/** Makes the error of code `MANIFEST_UNREADABLE`. @param name Name of the record. @param why Completes "cannot be used: ". */
export function manifestUnreadable(name: string, why: string, hint = NAME_ANOTHER): BackupError {
  return new BackupError('MANIFEST_UNREADABLE', `${name} cannot be used: ${why}.`, { hint });
}

/** Note for messages about the version that wrote a record; '' if that is this version, or unknown. */
export function writtenByNote(head: unknown): string {
  const version = (head as Record<string, unknown> | null | undefined)?.tool_version;
  const isVersion = typeof version === 'string' && /^[\w.+-]{1,32}$/.test(version);
  return isVersion && version !== VERSION
    ? `; it was written by s3-backup ${version}, and this is ${VERSION}`
    : '';
}
