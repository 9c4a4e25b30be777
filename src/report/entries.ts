import { closeSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { BackupError, systemMessage } from '../core/errors.ts';
import { createUnnamedFile } from '../files/unnamed-file.ts';
import { writeAll } from '../files/write-all.ts';
import type { BackupOutcome, Outcome } from '../flow/item.ts';
import type { FileEntry } from './report.ts';

/** Keeps the entries of a run until the report is written. */
export interface Entries<E extends Outcome = BackupOutcome> extends Iterable<FileEntry<E>> {
  add(entry: FileEntry<E>): void;
  /** Frees what the entries take. They must not be used afterwards. */
  close(): void;
}

/** Keeps entries in memory, for callers that want the report as an object. */
export class MemoryEntries<E extends Outcome = BackupOutcome> implements Entries<E> {
  readonly list: FileEntry<E>[] = [];

  add(entry: FileEntry<E>): void {
    this.list.push(entry);
  }

  [Symbol.iterator](): Iterator<FileEntry<E>> {
    return this.list[Symbol.iterator]();
  }

  close(): void {}
}

/** Keeps no entries, for callers that need the counts only. */
export const noEntries: Entries<never> = {
  add: () => undefined,
  close: () => undefined,
  [Symbol.iterator]: () => [][Symbol.iterator](),
};

const BUFFER_CHARACTERS = 64 * 1024;

/**
 * Keeps entries on the disk, one JSON line each, so that a million of them take no memory. The file has no name, so a crash
 * leaves nothing.
 */
export class SpooledEntries<E extends Outcome = BackupOutcome> implements Entries<E> {
  readonly #fd: number;
  #pending = '';
  #failure: unknown;

  /**
   * @param folder Folder in which the file is created.
   * @throws BackupError `REPORT_NOT_WRITABLE`
   */
  constructor(folder: string) {
    try {
      this.#fd = createUnnamedFile(folder);
    } catch (error) {
      throw notWritable(error, folder);
    }
  }

  /** Adds an entry. Never throws, since a full disk must not end the run: the error is thrown when the entries are read. */
  add(entry: FileEntry<E>): void {
    if (this.#failure !== undefined) return;
    this.#pending += `${JSON.stringify(entry)}\n`;
    if (this.#pending.length >= BUFFER_CHARACTERS) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    try {
      writeAll(this.#fd, bytes);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Reads the entries in the order in which they were added. @throws BackupError `REPORT_NOT_WRITABLE` if one is lost */
  *[Symbol.iterator](): Iterator<FileEntry<E>> {
    this.#flush();
    if (this.#failure !== undefined) throw notWritable(this.#failure);
    const chunk = Buffer.alloc(BUFFER_CHARACTERS);
    let rest = Buffer.alloc(0);
    for (let position = 0; ; ) {
      const got = readSync(this.#fd, chunk, 0, chunk.length, position);
      if (got === 0) return;
      position += got;
      rest = Buffer.concat([rest, chunk.subarray(0, got)]);
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        yield JSON.parse(rest.toString('utf8', start, end)) as FileEntry<E>;
        start = end + 1;
      }
      rest = rest.subarray(start);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** @param folder Folder in which no file could be created; undefined if a later write failed. */
function notWritable(cause: unknown, folder?: string): BackupError {
  const where = folder === undefined ? '' : ` in ${folder}`;
  const hint = 'Name a folder for temporary files that can be written to with TMPDIR.';
  return new BackupError(
    'REPORT_NOT_WRITABLE',
    `The report's entries cannot be kept${where}: ${systemMessage(cause)}`,
    { ...(folder === tmpdir() && { hint }), cause },
  );
}
