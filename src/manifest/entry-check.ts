import { BackupError } from '../errors.ts';
import { SeenPaths } from '../source/seen-paths.ts';
import type { ManifestEntry } from './manifest.ts';
import { flawOfKey, parseEntry, shown } from './record-form.ts';
import { isStored } from './stored-entry.ts';

export const NOT_AS_WRITTEN = 'it is not as s3-backup has written it: an entry a line';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Makes sure that each entry is one that a run can have written, and that no two of them are about one object. */
export class EntryCheck {
  /** Of the record, for messages. */
  readonly name: string;
  readonly #prefix: string;
  /** Keys, at 8 to 16 bytes each. */
  readonly #stored = new SeenPaths();
  #count = 0;

  /** @param prefix Of the record, as `normalPrefix` gives it. */
  constructor(prefix: string, name: string) {
    this.#prefix = prefix;
    this.name = name;
  }

  /** Entries so far. */
  get count(): number {
    return this.#count;
  }

  /** @throws BackupError `MANIFEST_UNREADABLE` */
  entryIn(line: string): ManifestEntry {
    this.#count += 1;
    const json = parsed(line);
    if (typeof json !== 'object' || json === null)
      throw unreadable(this.name, `${NOT_AS_WRITTEN}, not ${shown(line)}`);
    const entry = parseEntry(json);
    if ('flaw' in entry) throw this.#unusable(entry.flaw);
    const flaw = flawOfKey(entry.value, this.#prefix) ?? this.#flawOf(entry.value);
    if (flaw !== undefined) throw this.#unusable(flaw);
    return entry.value;
  }

  /** What is not stored is asked for by nobody: names that are not UTF-8 may have become the same text. */
  #flawOf(entry: ManifestEntry): string | undefined {
    if (!isStored(entry)) return undefined;
    if (LONE_SURROGATE.test(entry.path)) return 'its path is no text in Unicode';
    return this.#stored.add(entry.key) ? undefined : `it is the second of ${shown(entry.path)}`;
  }

  #unusable(flaw: string): BackupError {
    return unreadable(this.name, `${NOT_AS_WRITTEN}; entry ${this.#count}: ${flaw}`);
  }
}

/** @returns undefined where it is no JSON */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export function unreadable(name: string, why: string): BackupError {
  return new BackupError('MANIFEST_UNREADABLE', `${name} cannot be used: ${why}.`, {
    hint: 'Name a report (--output-json), a manifest, or a run of `s3-backup runs`.',
  });
}
