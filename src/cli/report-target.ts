import { tmpdir } from 'node:os';
import type { Writable } from 'node:stream';
import { type Entries, noEntries, SpooledEntries } from '../report/entries.ts';
import { md5sumLines } from '../report/md5sums.ts';
import type { ReportSummary } from '../report/report.ts';
import { ReportFile, reportText } from '../report/write-report.ts';
import { writeText } from './write-text.ts';

/** Where the JSON report goes and the MD5s, and where their entries wait until then. */
export interface ReportTarget {
  readonly entries: Entries;
  /** Whether stdout belongs to the report. */
  readonly takesStdout: boolean;
  /** @throws BackupError `REPORT_NOT_WRITABLE` */
  write(summary: ReportSummary): Promise<void>;
  /** Gives up what is not written and leaves nothing of it behind. */
  discard(): void;
}

export interface ReportWishes {
  /** A path, `-` for stdout, or undefined for no report. */
  readonly output?: string | undefined;
  /** A path, or undefined for no MD5s. */
  readonly md5sums?: string | undefined;
  /** Whether somebody else reads the entries. */
  readonly keepsEntries?: boolean | undefined;
}

/** @throws BackupError `REPORT_NOT_WRITABLE` */
export function openReportTarget(wishes: ReportWishes, stdout: Writable): ReportTarget {
  const { output, md5sums: sums, keepsEntries = false } = wishes;
  const takesStdout = output === '-';
  const report = output === undefined || takesStdout ? undefined : new PendingFile(output);
  const md5sums = sums === undefined ? undefined : pendingBeside(report, sums);
  const isRead = takesStdout || keepsEntries || report !== undefined || md5sums !== undefined;
  const folder = (report ?? md5sums)?.spoolFolder ?? tmpdir();
  const entries = isRead ? new SpooledEntries(folder) : noEntries;
  return {
    entries,
    takesStdout,
    write: async (summary) => {
      report?.write(reportText(summary, entries));
      if (takesStdout) await writeText(stdout, reportText(summary, entries));
      // A run that was not begun leaves the MD5s of the last one alone.
      if (summary.total_files > 0 || summary.error === null) md5sums?.write(md5sumLines(entries));
      entries.close();
    },
    discard: () => {
      report?.discard();
      md5sums?.discard();
    },
  };
}

function pendingBeside(report: PendingFile | undefined, path: string): PendingFile {
  try {
    return new PendingFile(path, 'report.md5sums or --md5sums');
  } catch (error) {
    report?.discard();
    throw error;
  }
}

/** A file that is written once, or given up. */
class PendingFile {
  readonly #file: ReportFile;
  #isOpen = true;

  constructor(...[path, option]: ConstructorParameters<typeof ReportFile>) {
    this.#file = new ReportFile(path, option);
  }

  get spoolFolder(): string {
    return this.#file.spoolFolder;
  }

  write(text: Iterable<string>): void {
    this.#isOpen = false;
    this.#file.write(text);
  }

  discard(): void {
    if (this.#isOpen) this.#file.discard();
    this.#isOpen = false;
  }
}
