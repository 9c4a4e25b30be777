import { resolve } from 'node:path';
import { proxyVariables } from '../../http/proxy.ts';
import { type Shard, shardRange } from '../../plans/shard-options.ts';
import { anyReportText } from '../../report/write-report.ts';
import type { RestoreOptions } from '../../restore/options.ts';
import type { RestoreOutcome } from '../../restore/outcomes.ts';
import { runRestore } from '../../restore/restore.ts';
import { RESTORE_LISTS, type RestoreSummary, RestoreTally, summarizeRestore } from '../../restore/summary.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { withEvents } from '../events/with-events.ts';
import { restoreText, wouldRestoreLine } from '../output/restore-text.ts';
import { checkOutputs } from '../session/check-outputs.ts';
import { configOfShard, type OutputKey } from '../session/config-of-shard.ts';
import { destinationOptions } from '../session/options-from-settings.ts';
import { ownOutputs } from '../session/own-files.ts';
import { type ParallelFlags, parallelOf } from '../session/parallel-shards.ts';
import { openReportTarget } from '../session/report-target.ts';
import { type ReportedFlags, reportedRun } from '../session/reported-run.ts';
import { type ShardFlags, shardOf } from '../session/shard-of-plan.ts';
import { withPage } from '../session/with-files-beside.ts';
import { type Log, withLog } from '../session/with-log.ts';

/** The flags of this command that are not settings. */
export interface RestoreFlags extends ReportedFlags, ShardFlags, ParallelFlags {
  readonly patterns: readonly string[];
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly to?: string | undefined;
  readonly overwrite: boolean;
  readonly versionAt?: string | undefined;
  readonly run?: string | undefined;
  readonly links: boolean;
  readonly allowSetuid: boolean;
  readonly archiveDays?: string | undefined;
  readonly archiveTier?: string | undefined;
  readonly verbose: boolean;
}

/**
 * Runs `s3-backup restore`: adds log, progress, signals, report and summary to the library's restore.
 *
 * @returns the exit code
 * @throws BackupError if the run ended before anything was touched
 */
export async function restoreAction(
  context: CliContext,
  given: LoadedConfig,
  flags: RestoreFlags,
): Promise<number> {
  const shard = shardOf(flags, context.env);
  const parallel = parallelOf(flags);
  const config = configOfShard(given, shard, WRITTEN);
  checkOutputs(config.settings);
  const folder = folderOf(context, flags);
  const ownFiles = ownOutputs(given.settings, { folder, label: '' }, shard !== undefined);
  const options = { ...restoreOptions(context, config, flags), ownFiles };
  return withLog(context, config, flags, (log) =>
    runAndReport({ context, config, flags, shard, parallel, options, log }),
  );
}

/** The outputs that a restore writes. */
const WRITTEN = [
  'report.output_json',
  'report.html',
  'report.events',
  'logging.log_file',
] as const satisfies readonly OutputKey[];

/** Absolute path of the folder that is restored to; '' if none was given. */
function folderOf({ cwd }: CliContext, { to }: RestoreFlags): string {
  return to === undefined || to === '' ? '' : resolve(cwd, to);
}

/** The library's options. Settings that select files for a backup do not apply: a restore brings back what is stored. */
function restoreOptions(context: CliContext, config: LoadedConfig, flags: RestoreFlags): RestoreOptions {
  const { safety, transfer, report } = config.settings;
  const { dryRun, overwrite, links, allowSetuid, versionAt, run } = flags;
  const { patterns: pattern, include, exclude, archiveDays, archiveTier } = flags;
  const folder = folderOf(context, flags);
  const noFolder = { message: 'No folder to restore to was given.', hint: 'Use --to DIR.' };
  const tier = archiveTier && archiveTier[0]?.toUpperCase() + archiveTier.slice(1).toLowerCase();
  // A restore uploads nothing, so the checksum for uploads does not apply.
  const { checksum, ...destination } = destinationOptions(config, folder === '' ? noFolder : undefined);
  return {
    ...destination,
    proxies: proxyVariables(context.env),
    requireProof: safety.require_proof,
    waitSeconds: safety.wait,
    concurrency: transfer.concurrency,
    partSizeBytes: transfer.part_size,
    memoryBytes: transfer.memory,
    maxDurationSeconds: transfer.max_duration,
    exitCodes: report.exit_codes,
    ...{ pattern, include, exclude, dryRun, overwrite, links, allowSetuid, versionAt, run },
    to: folder,
    archiveDays: archiveDays === undefined ? undefined : Number(archiveDays),
    archiveTier: tier as RestoreOptions['archiveTier'],
  };
}

interface Running {
  readonly context: CliContext;
  readonly config: LoadedConfig;
  readonly flags: RestoreFlags;
  /** The shard whose objects are restored; undefined for all. */
  readonly shard: Shard | undefined;
  /** Number of shards that share the bandwidth limit. */
  readonly parallel: number;
  readonly options: RestoreOptions;
  readonly log: Log;
}

function runAndReport({ context, config, flags, shard, parallel, options, log }: Running): Promise<number> {
  const { output_json: output, html, events } = config.settings.report;
  const target = openReportTarget<RestoreSummary, RestoreOutcome>(
    output,
    context.stdout,
    (summary, entries) => anyReportText(summary, entries, RESTORE_LISTS),
    html !== undefined,
  );
  return reportedRun({
    context,
    config,
    flags,
    log,
    target: withEvents(withPage(target, html), events, { operation: 'restore', context, log }),
    parallel,
    words: { items: ['file', 'files'], moved: 'received' },
    plannedLine: wouldRestoreLine,
    summaryText: restoreText,
    run: async ({ entries, ...circumstances }) => {
      const { logger } = log;
      const given = { ...options, ...circumstances, logger };
      if (shard === undefined) return runRestore(given, entries);
      const range = await shardRange(given, shard);
      logger.info({ operation: 'configure', plan: shard.plan, shard: shard.index, range }, 'shard of a plan');
      return runRestore({ ...given, range }, entries);
    },
    failed: (failure, start, signal) =>
      summarizeRestore({ options: { ...options, signal }, start, tally: new RestoreTally(true), failure }),
  });
}
