import { tmpdir } from 'node:os';
import type { Writable } from 'node:stream';
import type { BackupOutcome, Outcome } from '../../flow/item.ts';
import { type Entries, noEntries, SpooledEntries } from '../../report/entries.ts';
import type { RunEvent } from '../../report/events.ts';
import type { ReportSummary } from '../../report/report.ts';
import { ReportFile } from '../../report/write-report.ts';
import { safeJsonText } from '../output/printable.ts';
import type { ShownProgress } from '../output/progress-meter.ts';
import { writeText } from '../output/write-text.ts';
import { isStdout } from './is-stdout.ts';

/** Follows a run while it goes. */
export interface RunFollower {
  /** To be given to the run as its option `onEvent`. */
  readonly onEvent: (event: RunEvent) => void;
  /** Follows the counters of the run. @returns a function that ends this */
  follow(progress: ShownProgress): () => void;
}

/** The destination of the JSON report, and the store of its entries until it is written. */
export interface ReportTarget<S = ReportSummary, E extends Outcome = BackupOutcome> {
  readonly entries: Entries<E>;
  /** Whether the report is written to stdout, so that nothing else may be. */
  readonly takesStdout: boolean;
  /** Whether `write` replaces a file, and so can be called again; a pipe, a device or stdout is written once. */
  readonly isReplaced: boolean;
  /** @throws BackupError `REPORT_NOT_WRITABLE` */
  write(summary: S): Promise<void>;
  /** What is told to the target while the run goes. Default: nothing beside the entries. */
  readonly follower?: RunFollower | undefined;
  /**
   * Called once at the very end, with the exit code that the program then has.
   *
   * @param signal Signal whose abort ends the wait for a reader.
   */
  readonly end?: ((summary: S, signal: AbortSignal) => Promise<void>) | undefined;
  /** Frees the entries. Discards a report that was not written, and leaves nothing of it behind. Can be called again. */
  discard(): void;
}

/**
 * Opens the destination of the report.
 *
 * @param output A path, `-` for stdout, or undefined for no report.
 * @param textOf Formats the report.
 * @param keepsEntries Whether entries are kept even without a report, since another reader needs them. Default false.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function openReportTarget<S, E extends Outcome>(
  output: string | undefined,
  stdout: Writable,
  textOf: (summary: S, entries: Entries<E>) => Iterable<string>,
  keepsEntries = false,
): ReportTarget<S, E> {
  if (output === undefined) {
    const entries = keepsEntries ? new SpooledEntries<E>(tmpdir()) : noEntries;
    const write = async () => undefined;
    return { entries, takesStdout: false, isReplaced: true, write, discard: onceOnly(() => entries.close()) };
  }
  if (isStdout(output)) {
    const entries = new SpooledEntries<E>(tmpdir());
    return {
      entries,
      takesStdout: true,
      isReplaced: false,
      // Stdout may be a terminal, and paths and keys may contain control characters.
      write: (summary) => writeText(stdout, safeJsonText(textOf(summary, entries))),
      discard: onceOnly(() => entries.close()),
    };
  }
  const file = new ReportFile(output, 'report.output_json or --output-json');
  let open = true;
  const entries = new SpooledEntries<E>(file.spoolFolder);
  return {
    entries,
    takesStdout: false,
    isReplaced: file.isReplaced,
    write: async (summary) => {
      open = false;
      file.write(textOf(summary, entries));
    },
    discard: onceOnly(() => {
      if (open) file.discard();
      entries.close();
    }),
  };
}

function onceOnly(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
