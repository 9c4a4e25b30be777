import { BackupError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import type { ManifestEntry } from './manifest.ts';
import { flawOfKey, LONE_SURROGATE, parseEntry, shortJson } from './record-form.ts';
import { isStored } from './stored-entry.ts';

export const NOT_AS_WRITTEN = 'it is not as s3-backup has written it: an entry a line';

/** Validates the entries of a record one by one; no two stored entries may have the same key. */
export class EntryCheck {
  /** The record's name, for messages. */
  readonly name: string;
  readonly #prefix: string;
  readonly #writer: string;
  /** Keys of stored entries; 8 to 16 bytes of memory each. */
  readonly #stored = new SeenPaths();
  #count = 0;

  /**
   * @param prefix Of the record, as `normalPrefix` gives it.
   * @param writer The version of the program that has written it, as `writtenByNote` gives it.
   */
  constructor(prefix: string, name: string, writer = '') {
    this.#prefix = prefix;
    this.#writer = writer;
    this.name = name;
  }

  /** Entries checked so far. */
  get count(): number {
    return this.#count;
  }

  /** @throws BackupError `MANIFEST_UNREADABLE` */
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

  /** Entries that are not stored lead to no request. Several of them may share a path: names that are not UTF-8 are decoded. */
  #flawOf(entry: ManifestEntry): string | undefined {
    if (!isStored(entry)) return undefined;
    if (LONE_SURROGATE.test(entry.path)) return 'its path is no text in Unicode';
    return this.#stored.add(entry.key) ? undefined : `it is the second of ${shortJson(entry.path)}`;
  }

  #unusable(flaw: string): BackupError {
    return manifestUnreadable(this.name, `${NOT_AS_WRITTEN}; entry ${this.#count}: ${flaw}${this.#writer}`);
  }
}

/** @returns undefined where it is no JSON */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const NAME_ANOTHER = 'Name a report (--output-json), a manifest, or a run of `s3-backup runs`.';

export function manifestUnreadable(name: string, why: string, hint = NAME_ANOTHER): BackupError {
  return new BackupError('MANIFEST_UNREADABLE', `${name} cannot be used: ${why}.`, { hint });
}

/** What a message says of the version that has written a record, if it is another one than this; else ''. */
export function writtenByNote(head: unknown): string {
  const version = (head as Record<string, unknown> | null | undefined)?.tool_version;
  const isVersion = typeof version === 'string' && /^[\w.+-]{1,32}$/.test(version);
  return isVersion && version !== VERSION
    ? `; it was written by s3-backup ${version}, and this is ${VERSION}`
    : '';
}
