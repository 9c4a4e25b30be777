import { closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import { Output, writeText } from '../files/output.ts';
import type { End } from '../item.ts';
import { systemMessage } from '../source/source-error.ts';
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

/**
 * A report file in the making: there is the old one, or none, until the new one is complete and on the disk. A device or a
 * FIFO is written to as it is: renaming over /dev/null would replace it.
 */
export class ReportFile {
  readonly #path: string;
  readonly #option: string;
  /** Open for a device or a FIFO. */
  readonly #fd: number | undefined;
  /** A folder on the report's own disk, or the system's for temporary files where the report is no regular file. */
  readonly spoolFolder: string;

  /**
   * Makes sure at once that the report can be written. Missing folders are made.
   *
   * @param option What names the file, for messages.
   * @throws BackupError `REPORT_NOT_WRITABLE`
   */
  constructor(file: string, option = 'report.output_json or --output-json') {
    this.#path = resolve(file);
    this.#option = option;
    let output: Output | undefined;
    try {
      output = this.#open();
      if (output.isReplaceable) output.prepare();
      else this.#fd = output.open();
      this.spoolFolder = this.#fd === undefined ? dirname(output.path) : tmpdir();
    } catch (error) {
      throw this.#notWritable(error);
    } finally {
      output?.close();
    }
  }

  /** Opened anew for each use: the run may remove the folder when it moves the last file out of it. */
  #open(): Output {
    return new Output(this.#path, { makesFolders: true });
  }

  /** @throws BackupError `REPORT_NOT_WRITABLE`; the old report, if there was one, is then still there */
  write(text: Iterable<string>): void {
    try {
      if (this.#fd === undefined) this.#replace(text);
      else writeToItsEnd(this.#fd, text);
    } catch (error) {
      throw error instanceof BackupError ? error : this.#notWritable(error);
    }
  }

  #replace(text: Iterable<string>): void {
    const output = this.#open();
    try {
      output.replace(text);
    } finally {
      output.close();
    }
  }

  /** Gives up the new report. Not to be called after `write`. */
  discard(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  #notWritable(cause: unknown): BackupError {
    return new BackupError(
      'REPORT_NOT_WRITABLE',
      `The report cannot be written: ${this.#path}: ${systemMessage(cause)}`,
      { hint: `Check ${this.#option}.`, cause },
    );
  }
}

function writeToItsEnd(fd: number, text: Iterable<string>): void {
  try {
    writeText(fd, text);
  } finally {
    closeSync(fd);
  }
}
