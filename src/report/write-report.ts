import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, messageOf } from '../errors.ts';
import type { End } from '../item.ts';
import type { Entries } from './entries.ts';
import { LISTS, type Lists, type ReportSummary } from './report.ts';

/** The report as JSON text, piece by piece: the summary first, then the lists, one entry a line. */
export function reportText(summary: ReportSummary, entries: Entries): Generator<string, void> {
  return textOf(summary, entries, LISTS);
}

/** The same for a report of any kind. */
export function* textOf<E extends End>(
  summary: object,
  entries: Entries<E>,
  lists: Lists<E>,
): Generator<string, void> {
  yield '{\n';
  for (const [field, value] of Object.entries(summary)) {
    yield `  ${JSON.stringify(field)}: ${JSON.stringify(value)},\n`;
  }
  let listEnd = '';
  for (const [name, pick] of Object.entries(lists)) {
    yield `${listEnd}  ${JSON.stringify(name)}: [`;
    let separator = '\n';
    for (const entry of entries) {
      const picked = pick(entry);
      if (picked === undefined) continue;
      yield `${separator}    ${JSON.stringify(picked)}`;
      separator = ',\n';
    }
    yield separator === '\n' ? ']' : '\n  ]';
    listEnd = ',\n';
  }
  yield '\n}\n';
}

/** A report file in the making: there is the old one, or none, until the new one is complete and on the disk. */
export class ReportFile {
  #path: string;
  readonly #fd: number;
  readonly #temporary: string | undefined;
  readonly #option: string;

  /**
   * Makes sure at once that the report can be written. Missing folders are made. A device or a FIFO is written to as
   * it is: renaming over /dev/null would replace it.
   *
   * @param option What names the file, for messages.
   * @throws BackupError `REPORT_NOT_WRITABLE`
   */
  constructor(file: string, option = 'report.output_json or --output-json') {
    this.#path = resolve(file);
    this.#option = option;
    try {
      const there = statSync(this.#path, { throwIfNoEntry: false });
      // A link stays one: renaming over /dev/stdout, which leads to a file in `> file`, would replace it.
      if (there?.isFile()) this.#path = realpathSync(this.#path);
      if (there && !there.isFile()) {
        this.#fd = openSync(this.#path, 'w');
        return;
      }
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      this.#temporary = join(dirname(this.#path), `.${basename(this.#path)}.${randomUUID()}.tmp`);
      this.#fd = openSync(this.#temporary, 'wx', 0o600);
    } catch (error) {
      throw this.#notWritable(error);
    }
  }

  /** A folder on the report's own disk, or the system's for temporary files where the report is no regular file. */
  get spoolFolder(): string {
    return this.#temporary === undefined ? tmpdir() : dirname(this.#path);
  }

  /** @throws BackupError `REPORT_NOT_WRITABLE`; the old report, if there was one, is then still there */
  write(text: Iterable<string>): void {
    try {
      try {
        for (const piece of batched(text)) this.#writeAll(Buffer.from(piece));
        if (this.#temporary !== undefined) fsyncSync(this.#fd);
      } finally {
        closeSync(this.#fd);
      }
      if (this.#temporary !== undefined) renameSync(this.#temporary, this.#path);
    } catch (error) {
      this.#removeTemporary();
      throw error instanceof BackupError ? error : this.#notWritable(error);
    }
  }

  /** A disk that is nearly full takes a part of a write without an error. */
  #writeAll(bytes: Buffer): void {
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
  }

  /** Gives up the new report. */
  discard(): void {
    closeSync(this.#fd);
    this.#removeTemporary();
  }

  #removeTemporary(): void {
    try {
      if (this.#temporary !== undefined) unlinkSync(this.#temporary);
    } catch {
      // What could not be written may be past removing as well; the error that is thrown names the cause.
    }
  }

  #notWritable(cause: unknown): BackupError {
    return new BackupError(
      'REPORT_NOT_WRITABLE',
      `The report cannot be written: ${this.#path}: ${messageOf(cause)}`,
      {
        hint: `Check ${this.#option}.`,
        cause,
      },
    );
  }
}

const BATCH_CHARACTERS = 64 * 1024;

function* batched(text: Iterable<string>): Generator<string, void> {
  let batch = '';
  for (const piece of text) {
    batch += piece;
    if (batch.length < BATCH_CHARACTERS) continue;
    yield batch;
    batch = '';
  }
  yield batch;
}
