import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import type { MultipartUpload, ObjectVersion, StoredPart } from './model.ts';

/** One change to a bucket. Each takes one line of the journal, so that a crash leaves a change complete or not at all. */
export type JournalEntry =
  /** Adds the newest version of a key, and replaces one with the same id. `completes` is the id of the upload that this ends. */
  | { readonly type: 'put'; readonly version: ObjectVersion; readonly completes?: string | undefined }
  /** Changes tags, lock or archive state of a version, but neither its bytes nor its place. */
  | { readonly type: 'amend'; readonly version: ObjectVersion }
  | { readonly type: 'delete'; readonly key: string; readonly versionId: string }
  | { readonly type: 'upload'; readonly upload: MultipartUpload }
  | { readonly type: 'part'; readonly uploadId: string; readonly part: StoredPart }
  | { readonly type: 'end-upload'; readonly uploadId: string };

function parseLine(line: string, place: string): JournalEntry {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch (cause) {
    throw new Error(`${place}: not a journal entry`, { cause });
  }
}

function parseLines(path: string): JournalEntry[] {
  const content = readFileSync(path);
  // A killed process may leave an incomplete last line. That change was never acknowledged, so it is removed.
  const whole = content.lastIndexOf(0x0a) + 1;
  if (whole < content.length) truncateSync(path, whole);
  const lines = content.toString('utf8', 0, whole).split('\n');
  lines.pop();
  return lines.map((line, i) => parseLine(line, `${path}, line ${i + 1}`));
}

/**
 * The changes of one bucket, appended to a file and read again at the next start. Each change is handed to the operating system
 * before its request is answered, but is not flushed to the disk.
 */
export class Journal {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the changes so far, oldest first. @throws {Error} if a complete line is not a journal entry. */
  read(): JournalEntry[] {
    return existsSync(this.#path) ? parseLines(this.#path) : [];
  }

  /** Writes one change to the end of the file. */
  append(entry: JournalEntry): void {
    this.#file ??= openSync(this.#path, 'a', 0o600);
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** Replaces all lines of the file. @param entries Changes that lead to the same state. */
  rewrite(entries: Iterable<JournalEntry>): void {
    this.close();
    const temporary = `${this.#path}.new`;
    const file = openSync(temporary, 'w', 0o600);
    for (const entry of entries) appendFileSync(file, `${JSON.stringify(entry)}\n`);
    closeSync(file);
    renameSync(temporary, this.#path);
  }

  /** Closes the file and removes it. */
  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  /** Closes the file. A later `append` opens it again. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
