import { BackupError, isLimit } from '../../core/errors.ts';
import { exitCodeOfError } from '../../core/exit-codes.ts';
import { silent } from '../../core/logger.ts';
import { Start } from '../../core/start.ts';
import { untilAborted } from '../../core/until-aborted.ts';
import { RunControl } from '../../flow/run-control.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { readManifest } from '../../manifest/read-manifest.ts';
import { type RunRecord, readRunRecord } from '../../manifest/run-record.ts';
import type { ReportSummary } from '../../report/report.ts';
import { summarize } from '../../report/summarize.ts';
import { Tally } from '../../report/tally.ts';
import { limitDuration } from '../../run/limit-duration.ts';
import { setTotal } from '../../run/progress.ts';
import type { Store } from '../../s3/store.ts';
import type { VerifyEntry, VerifyRequest, VerifyResult } from '../../verify/result.ts';
import { verifyFiles } from '../../verify/verify-files.ts';
import { verifyRecord } from '../../verify/verify-record.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { masked, maskedError } from '../output/mask.ts';
import { oneLine, printable, safeJson } from '../output/printable.ts';
import type { ShownProgress } from '../output/progress-meter.ts';
import { Screen } from '../output/screen.ts';
import { pageLine } from '../output/summary.ts';
import { unfinishedNote } from '../output/unfinished-note.ts';
import { VerifyCounts, verifyLine } from '../output/verify-text.ts';
import { BandwidthLimit } from '../session/bandwidth-limit.ts';
import { openRecordFile } from '../session/open-record-file.ts';
import { backupOptions, secretsOf } from '../session/options-from-settings.ts';
import { ownFiles } from '../session/own-files.ts';
import { displayProgress } from '../session/progress-display.ts';
import { exitCodeOf, stopOnSignals } from '../session/stop-on-signals.ts';
import { chosenReads, type VerifyFlags, validateFlags } from '../session/verify-flags.ts';
import { openVerifyPage } from '../session/verify-page.ts';
import { type OpenedStore, withStore } from '../session/with-store.ts';

/** What a verification works with, whether it reads local files or a record. */
interface Verification {
  readonly context: CliContext;
  readonly screen: Screen;
  readonly config: LoadedConfig;
  readonly flags: VerifyFlags;
  readonly request: VerifyRequest;
  readonly signal: AbortSignal;
  readonly progress: ShownProgress;
  /** Limit for what is read back, in bytes per second; `Infinity` for none. */
  readonly bytesPerSecond: () => number;
}

/**
 * Runs `s3-backup verify`: prints a line for each difference when it is found, and counts at the end.
 *
 * @returns the exit code
 * @throws BackupError if the verification ended before anything was compared
 */
export async function verifyAction(
  context: CliContext,
  config: LoadedConfig,
  flags: VerifyFlags,
): Promise<number> {
  validateFlags(flags, config);
  const { readsBack, note } = chosenReads(flags);
  const page = await openVerifyPage(config, flags.strict);
  const screen = new Screen(context);
  const counts = new VerifyCounts();
  const secrets = secretsOf(config.settings);
  const onResult = (entry: VerifyEntry) => {
    const { reason } = entry;
    const safe = { ...entry, reason: reason && masked(reason, secrets) };
    counts.add(safe);
    page?.add(safe);
    const line = lineFor(safe, flags);
    if (line !== undefined) screen.aside(() => context.stdout.write(line));
  };
  const limit = new BandwidthLimit(config, silent);
  const { signal, release } = stopOnSignals(context, {
    say: (text) => screen.write(text),
    onHangUp: () => limit.readAgain(() => flags.load()),
  });
  const bytesPerSecond = () => limit.current;
  const { progress, end } = displayProgress({
    ...{ context, screen, config, secrets },
    words: { items: ['file', 'files'], moved: 'read' },
    isHidden: flags.quiet,
    moves: 'bytes',
  });
  const { pattern, strict } = flags;
  const request = { pattern, strict, readsBack, onResult };
  const start = new Start();
  const verification = { context, screen, config, flags, request, signal, progress, bytesPerSecond };
  try {
    const { error, ...rest } = await verify(verification);
    end();
    const summary = { ...rest, error: error && { ...error, message: masked(error.message, secrets) } };
    if (summary.error) context.stderr.write(wrapLines(errorLine(summary.error), context.stderr));
    try {
      page?.write(summary);
    } finally {
      const out = flags.json ? context.stderr : context.stdout;
      const text = counts.text(summary) + note() + (page === undefined ? '' : pageLine(page.path));
      if (!flags.quiet) out.write(wrapLines(text, out));
    }
    return summary.exit_code;
  } catch (error) {
    if (!(error instanceof BackupError) || error.code === 'REPORT_NOT_WRITABLE') throw error;
    end();
    const failure = maskedError(error, secrets);
    // The abort made the work fail.
    page?.write(summaryOf(config, start, signal, signal.aborted ? undefined : failure));
    if (signal.aborted) return exitCodeOf(signal.reason);
    if (!isLimit(failure)) throw failure;
    context.stderr.write(wrapLines(errorLine(failure), context.stderr));
    return exitCodeOfError(failure, config.settings.report.exit_codes);
  } finally {
    end();
    page?.discard();
    release();
    limit.close();
  }
}

/** The summary of a verification that could not end by itself, for its page. */
function summaryOf(
  { settings }: LoadedConfig,
  start: Start,
  signal: AbortSignal,
  failure: BackupError | undefined,
): ReportSummary {
  const { bucket_name: bucket = '', prefix } = settings.s3;
  const { exit_codes: exitCodes } = settings.report;
  const source = [settings.backup.source_directory ?? []].flat().join(', ');
  const options = { source, bucket, prefix, signal, exitCodes };
  return summarize({ options, start, tally: new Tally(), failure });
}

/** Results that are no failures, and results of what is not compared. */
const FINE: ReadonlySet<VerifyResult> = new Set(['same', 'left-out', 'missing-here']);

function verify(verification: Verification): Promise<ReportSummary> {
  const { against, run } = verification.flags;
  return run === undefined && against === 'bucket'
    ? againstBucket(verification)
    : againstRecord(verification);
}

function againstBucket(verification: Verification): Promise<ReportSummary> {
  const { context, screen, config, request, signal, progress, bytesPerSecond } = verification;
  const options = { ...backupOptions(config), proxies: proxyVariables(context.env) };
  for (const warning of config.warnings) screen.write(`s3-backup: ${oneLine(warning)}\n`);
  const own = ownFiles(config, context.cwd);
  return verifyFiles({ ...options, ownFiles: own, signal, progress, bytesPerSecond }, request);
}

async function againstRecord(verification: Verification): Promise<ReportSummary> {
  const { context, screen, config, flags, request, signal, progress, bytesPerSecond } = verification;
  const control = new RunControl(signal);
  const endLimit = limitDuration(control, new Start(), config.settings.transfer.max_duration);
  const onResult = (entry: VerifyEntry) => {
    progress.files += 1;
    progress.done.files += 1;
    if (!FINE.has(entry.result)) progress.failed += 1;
    request.onResult(entry);
  };
  const work = async ({ store, prefix }: OpenedStore) => {
    const record =
      flags.run === undefined
        ? await readRunRecord(untilAborted(openRecordFile(context, flags.against), signal), flags.against)
        : await readManifest(store, prefix, flags.run);
    for (const note of notesOn(record, store, prefix))
      screen.write(wrapLines(`s3-backup: ${note}\n`, context.stderr));
    const { entryCount } = record;
    if (entryCount !== undefined && flags.pattern === undefined) setTotal(progress, entryCount, 0);
    const { exit_codes: exitCodes } = config.settings.report;
    return verifyRecord(record, { ...request, onResult, store, control, signal, exitCodes });
  };
  try {
    return await withStore(context, config, work, { signal: control.aborting, bytesPerSecond });
  } catch (error) {
    const { failure, aborting } = control;
    // A request that was aborted at the limit has failed for no other reason.
    throw failure && isLimit(failure) && aborting.aborted ? failure : error;
  } finally {
    // Requests for the first entries may be in flight if the record breaks off; they must not wait for an outage to end.
    control.abort();
    endLimit();
    control.close();
  }
}

/** Notes for a record of an unfinished run, or of another bucket or prefix than the configured ones. */
function notesOn(record: RunRecord, store: Store, prefix: string): string[] {
  const { bucket, prefix: recorded } = record;
  const otherBucket = `the record is of the bucket ${bucket}; it is compared with the bucket ${store.bucket}`;
  const otherPrefix = `the record is of the prefix ${printable(recorded) || "''"}; that is compared, not the prefix ${prefix || "''"}`;
  return [
    ...(record.isUnfinished ? [unfinishedNote(record)] : []),
    ...(bucket === store.bucket ? [] : [oneLine(otherBucket)]),
    ...(recorded === prefix ? [] : [oneLine(otherPrefix)]),
  ];
}

function errorLine({ code, message }: NonNullable<ReportSummary['error']>): string {
  return `s3-backup: ${oneLine(message)} [${code}]\n`;
}

function lineFor(entry: VerifyEntry, flags: VerifyFlags): string | undefined {
  const { result } = entry;
  if (flags.json) return `${safeJson(JSON.stringify(entry))}\n`;
  const isShown =
    flags.verbose || (result === 'missing-here' ? flags.strict : result !== 'same' && result !== 'left-out');
  return isShown ? verifyLine(entry) : undefined;
}
