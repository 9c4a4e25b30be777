import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { BackupError, systemCode, systemMessage } from '../core/errors.ts';
import type { OpenFile } from '../files/output.ts';
import { ReplacedOutput } from '../files/replaced-output.ts';
import { writeText } from '../files/write-all.ts';
import type { Outcome } from '../flow/item.ts';
import type { Entries } from './entries.ts';
import { type Lists, REPORT_LISTS, type ReportSummary } from './report.ts';

/** The report as JSON text, piece by piece: the summary first, then the lists, one entry a line. */
export function reportText(summary: ReportSummary, entries: Entries): Generator<string, void> {
  return anyReportText(summary, entries, REPORT_LISTS);
}

/** The same for a report of any kind. */
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
 * A report file in the making: there is the old one, or none, until the new one is complete and on the disk. It keeps the mode
 * and the group of the old one. A device, a FIFO or a descriptor is written to as it is: renaming over /dev/null would
 * replace it. A file that cannot be replaced (see `ReplacedOutput`) is written in place.
 */
export class ReportFile {
  readonly #path: string;
  readonly #option: string;
  /** For a device, a FIFO or a descriptor. */
  readonly #open: OpenFile | undefined;
  /** A folder on the report's own disk, or the system's for temporary files if nothing can be made there. */
  readonly spoolFolder: string;

  /**
   * Makes sure at once that the report can be written. Its folder must exist.
   *
   * @param option What names the file, for messages.
   * @throws BackupError `REPORT_NOT_WRITABLE`
   */
  constructor(file: string, option = 'report.output_json or --output-json') {
    this.#path = resolve(file);
    this.#option = option;
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

  /** @throws BackupError `REPORT_NOT_WRITABLE`; the old report, if there was one, is then still there */
  write(text: Iterable<string>): void {
    try {
      if (this.#open === undefined) this.#replace(text);
      else writeToItsEnd(this.#open, text);
    } catch (error) {
      throw error instanceof BackupError ? error : this.#notWritable(error);
    }
  }

  /** The run may have removed the folder when it moved the last file out of it. */
  #replace(text: Iterable<string>): void {
    const output = new ReplacedOutput(this.#path, { makesFolders: true });
    try {
      output.replace(text, { keepsAttributes: true });
    } finally {
      output.close();
    }
  }

  /** Gives up the new report. Not to be called after `write`. */
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
