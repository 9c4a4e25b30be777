import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { BackupError, systemCode, systemMessage } from '../core/errors.ts';
import type { OpenFile } from '../files/output.ts';
import { ReplacedOutput } from '../files/replaced-output.ts';
import { writeText } from '../files/write-all.ts';
import type { Outcome } from '../flow/item.ts';
import type { Entries } from './entries.ts';
import { type Lists, REPORT_LISTS, type ReportSummary } from './report.ts';

/** Yields the JSON text of a backup's report in pieces: the summary first, then the lists with one entry a line. */
export function reportText(summary: ReportSummary, entries: Entries): Generator<string, void> {
  return anyReportText(summary, entries, REPORT_LISTS);
}

/** Yields the JSON text of a report with any summary and any lists. */
export function* anyReportText<E extends Outcome>(
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
 * A report file that is to be written. The old file, if there is one, stays until the new one is complete and on the disk. The
 * new one gets the mode and the group of the old one. A device, a FIFO or a descriptor is opened and written to, since a rename
 * would replace it (/dev/null, for example). A file that cannot be replaced (see `ReplacedOutput`) is written in place.
 */
export class ReportFile {
  readonly #path: string;
  readonly #option: string;
  /** Mode of a new file, whatever the old one had; undefined if it gets that of the old one. */
  readonly #mode: number | undefined;
  /** A device, a FIFO or a descriptor, opened at the start; undefined for a regular file. */
  readonly #open: OpenFile | undefined;
  /** Folder for the entries' temporary file: the report's own, or that of the system if no file can be created there. */
  readonly spoolFolder: string;

  /**
   * Makes sure that the report can be written, before the run begins. Its folder must exist.
   *
   * @param file Path of the report.
   * @param option Option that names the file, for messages.
   * @param mode Mode of the new file. Default: that of the old one, or 0600.
   * @throws BackupError `REPORT_NOT_WRITABLE`
   */
  constructor(file: string, option = 'its path', mode?: number) {
    this.#path = resolve(file);
    this.#option = option;
    this.#mode = mode;
    let output: ReplacedOutput | undefined;
    try {
      output = new ReplacedOutput(this.#path);
      const takesFiles = output.isFile && output.prepare().takesFiles;
      this.#open = output.isFile ? undefined : output.open();
      this.spoolFolder = takesFiles ? dirname(output.path) : tmpdir();
    } catch (error) {
      throw this.#notWritable(error);
    } finally {
      output?.close();
    }
  }

  /** Whether `write` replaces a file, and so can be called again. */
  get isReplaced(): boolean {
    return this.#open === undefined;
  }

  /** Writes the report. @throws BackupError `REPORT_NOT_WRITABLE`; an old report then remains */
  write(text: Iterable<string>): void {
    try {
      if (this.#open === undefined) this.#replace(text);
      else writeToItsEnd(this.#open, text);
    } catch (error) {
      throw error instanceof BackupError ? error : this.#notWritable(error);
    }
  }

  /** Creates the folder again if the run has removed it, after it moved the last file out of it. */
  #replace(text: Iterable<string>): void {
    const output = new ReplacedOutput(this.#path, { makesFolders: true });
    try {
      output.replace(text, this.#mode === undefined ? { keepsAttributes: true } : { mode: this.#mode });
    } finally {
      output.close();
    }
  }

  /** Gives up the new report. Must not be called after `write`. */
  discard(): void {
    this.#open?.close();
  }

  #notWritable(cause: unknown): BackupError {
    const isFolderMissing = systemCode(cause) === 'ENOENT';
    return new BackupError(
      'REPORT_NOT_WRITABLE',
      `The report cannot be written: ${this.#path}: ${systemMessage(cause)}`,
      { hint: `Check ${this.#option}${isFolderMissing ? ': its folder must exist' : ''}.`, cause },
    );
  }
}

function writeToItsEnd(file: OpenFile, text: Iterable<string>): void {
  try {
    writeText(file.fd, text);
  } finally {
    file.close();
  }
}
