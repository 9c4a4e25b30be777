import { BackupError, isLimit } from '../../core/errors.ts';
import { exitCodeOfError } from '../../core/exit-codes.ts';
import { silent } from '../../core/logger.ts';
import { Start } from '../../core/start.ts';
import type { ReportSummary } from '../../report/report.ts';
import { summarize } from '../../report/summarize.ts';
import { Tally } from '../../report/tally.ts';
import type { VerifyEntry } from '../../verify/result.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { masked, maskedError } from '../output/mask.ts';
import { oneLine, safeJson } from '../output/printable.ts';
import { Screen } from '../output/screen.ts';
import { pageLine } from '../output/summary.ts';
import { VerifyCounts, verifyLine } from '../output/verify-text.ts';
import { BandwidthLimit } from '../session/bandwidth-limit.ts';
import { configOfShard } from '../session/config-of-shard.ts';
import { secretsOf } from '../session/options-from-settings.ts';
import { parallelOf } from '../session/parallel-shards.ts';
import { displayProgress } from '../session/progress-display.ts';
import { shardOf } from '../session/shard-of-plan.ts';
import { exitCodeOf, stopOnSignals } from '../session/stop-on-signals.ts';
import { verify } from '../session/verification.ts';
import { chosenReads, type VerifyFlags, validateFlags } from '../session/verify-flags.ts';
import { openVerifyPage } from '../session/verify-page.ts';

/**
 * Runs `s3-backup verify`: prints a line for each difference when it is found, and counts at the end.
 *
 * @returns the exit code
 * @throws BackupError if the verification ended before anything was compared
 */
export async function verifyAction(
  context: CliContext,
  given: LoadedConfig,
  flags: VerifyFlags,
): Promise<number> {
  const shard = shardOf(flags, context.env);
  const parallel = parallelOf(flags);
  // The setting alone makes no page.
  const writesPage = given.origin('report.html').kind === 'flag';
  const config = configOfShard(given, shard, writesPage ? ['report.html'] : []);
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
  const limit = new BandwidthLimit(config, silent, parallel);
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
  const verification = {
    ...{ context, screen, given, config, flags, shard, request, signal, progress, bytesPerSecond },
  };
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
