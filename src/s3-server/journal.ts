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

/** One change to a bucket. A line holds one change, so that a change is there as a whole or not at all. */
export type JournalEntry =
  /**
   * A version becomes the newest, in place of one of the same id; `completes` ends the upload it was made
   * from.
   */
  | { readonly type: 'put'; readonly version: ObjectVersion; readonly completes?: string | undefined }
  /** The tags or the lock of a version change; its bytes and its place do not. */
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
  // A process that was killed may leave a torn last line: that change was never answered.
  const whole = content.lastIndexOf(0x0a) + 1;
  if (whole < content.length) truncateSync(path, whole);
  const lines = content.toString('utf8', 0, whole).split('\n');
  lines.pop();
  return lines.map((line, i) => parseLine(line, `${path}, line ${i + 1}`));
}

/**
 * The changes of one bucket, appended to a file and read back at the next start. One write a change makes
 * small PUTs cheap; it reaches the operating system before the answer leaves, and is not forced to the disk.
 */
export class Journal {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The changes so far, oldest first. */
  read(): JournalEntry[] {
    return existsSync(this.#path) ? parseLines(this.#path) : [];
  }

  append(entry: JournalEntry): void {
    this.#file ??= openSync(this.#path, 'a', 0o600);
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** Replaces the history by the fewest changes that lead to the same state. */
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

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
