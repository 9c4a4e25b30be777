import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { Writable } from 'node:stream';
import { systemCode } from '../errors.ts';
import type { BackupEnd, End } from '../item.ts';
import { type Entries, SpooledEntries } from '../report/entries.ts';
import type { ReportSummary } from '../report/report.ts';
import { ReportFile } from '../report/write-report.ts';

/** Where the JSON report goes, and where its entries wait until then. */
export interface ReportTarget<S = ReportSummary, E extends End = BackupEnd> {
  readonly entries: Entries<E>;
  /** Whether stdout belongs to the report. */
  readonly takesStdout: boolean;
  /** @throws BackupError `REPORT_NOT_WRITABLE` */
  write(summary: S): Promise<void>;
  /** Gives the report up and leaves nothing of it behind. After `write` it does nothing. */
  discard(): void;
}

/**
 * @param output A path, `-` for stdout, or undefined for no report.
 * @param textOf Puts the report together.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function openReportTarget<S, E extends End>(
  output: string | undefined,
  stdout: Writable,
  textOf: (summary: S, entries: Entries<E>) => Iterable<string>,
): ReportTarget<S, E> {
  if (output === undefined)
    return { entries: noEntries, takesStdout: false, write: async () => undefined, discard: () => undefined };
  if (output === '-') {
    const entries = new SpooledEntries<E>(tmpdir());
    return {
      entries,
      takesStdout: true,
      write: async (summary) => {
        await writeTo(stdout, textOf(summary, entries));
        entries.close();
      },
      discard: () => undefined,
    };
  }
  const file = new ReportFile(output);
  let open = true;
  const entries = new SpooledEntries<E>(file.spoolFolder);
  return {
    entries,
    takesStdout: false,
    write: async (summary) => {
      open = false;
      file.write(textOf(summary, entries));
      entries.close();
    },
    discard: () => {
      if (open) file.discard();
      open = false;
    },
  };
}

const noEntries: Entries<never> = {
  add: () => undefined,
  close: () => undefined,
  [Symbol.iterator]: () => [][Symbol.iterator](),
};

/** A reader that leaves early (`| head`) is no failure: what it did not want is not written. */
async function writeTo(stdout: Writable, text: Iterable<string>): Promise<void> {
  try {
    for (const piece of text) {
      if (!stdout.writable) return;
      if (!stdout.write(piece)) await once(stdout, 'drain');
    }
  } catch (error) {
    if (systemCode(error) !== 'EPIPE') throw error;
  }
}
