import { runBackup } from '../../backup/backup.ts';
import type { MovePlan } from '../../backup/move-plan.ts';
import type { BackupOptions } from '../../backup/options.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { type Shard, shardOptions } from '../../plans/shard-options.ts';
import type { ReportSummary } from '../../report/report.ts';
import { summarize } from '../../report/summarize.ts';
import { Tally } from '../../report/tally.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import type { RunNumbers } from '../metrics/run-numbers.ts';
import { jobLabels, withMetrics, withNumbers } from '../metrics/with-metrics.ts';
import { plannedLine } from '../output/planned-line.ts';
import { summaryText } from '../output/summary.ts';
import { openBackupTarget } from '../session/backup-target.ts';
import { checkOutputs } from '../session/check-outputs.ts';
import { configOfShard, OUTPUTS } from '../session/config-of-shard.ts';
import { askOnTerminal, type ConfirmFlags, mayAsk, whenToAsk } from '../session/confirm-on-terminal.ts';
import { openList } from '../session/open-list.ts';
import { backupOptions } from '../session/options-from-settings.ts';
import { ownFiles } from '../session/own-files.ts';
import { type ParallelFlags, parallelOf } from '../session/parallel-shards.ts';
import { type Around, type ReportedFlags, reportedRun } from '../session/reported-run.ts';
import { type ShardFlags, shardOf } from '../session/shard-of-plan.ts';
import { withAround } from '../session/with-around.ts';
import { type Log, withLog } from '../session/with-log.ts';

/** The flags of this command that are not settings. */
export interface RunFlags extends ReportedFlags, ConfirmFlags, ShardFlags, ParallelFlags {
  readonly verbose: boolean;
  readonly null: boolean;
}

/**
 * Runs `s3-backup run`: adds log, progress, signals, report and summary to the library's backup.
 *
 * @returns the exit code
 * @throws BackupError if the run ended before anything was touched
 */
export function runAction(context: CliContext, given: LoadedConfig, flags: RunFlags): Promise<number> {
  const shard = shardOf(flags, context.env);
  const parallel = parallelOf(flags);
  const config = configOfShard(given, shard, OUTPUTS);
  const source = [config.settings.backup.source_directory ?? []].flat().join(', ');
  const asks = mayAsk(context, config, flags);
  const job = { command: 'run', source, isDry: flags.dryRun, mayAsk: asks } as const;
  return withAround(context, config, job, (around) => {
    const { settings } = config;
    checkOutputs(settings);
    const { metrics: file, exit_codes: exitCodes } = settings.report;
    const path = flags.dryRun ? undefined : file;
    const metrics = { context, path, job: jobLabels(settings, 'run'), exitCodes };
    return withMetrics(metrics, (numbers) => {
      const options = optionsFor(context, config, flags);
      return withLog(context, config, flags, async (log) => {
        around?.useLog(log);
        return runAndReport({
          context,
          given,
          config,
          flags,
          shard,
          parallel,
          options,
          log,
          around,
          numbers,
        });
      });
    });
  });
}

function optionsFor(context: CliContext, config: LoadedConfig, flags: RunFlags): BackupOptions {
  const given = { ...backupOptions(config), proxies: proxyVariables(context.env) };
  const moves = given.deleteAfterUpload === true && !flags.dryRun;
  const confirmWhen = moves ? whenToAsk(context, config, flags) : undefined;
  const lock = flags.lease ? given.lock : 'machine';
  return { ...given, lock, dryRun: flags.dryRun, confirmWhen };
}

interface Running {
  readonly context: CliContext;
  /** The configuration as it was loaded. */
  readonly given: LoadedConfig;
  /** The same with the names of this shard's outputs. */
  readonly config: LoadedConfig;
  readonly flags: RunFlags;
  readonly shard: Shard | undefined;
  /** Number of shards that share the bandwidth limit. */
  readonly parallel: number;
  readonly options: BackupOptions;
  readonly log: Log;
  readonly around: Around<ReportSummary> | undefined;
  readonly numbers: RunNumbers | undefined;
}

/** The options that look at files, which a hook may have made. */
function optionsOfFiles({
  context,
  given,
  flags,
  shard,
  log,
}: Running): Pick<BackupOptions, 'ownFiles' | 'list'> {
  const own = ownFiles(given, context.cwd, shard !== undefined);
  if (own.length > 0)
    log.logger.info({ operation: 'configure', own }, 'left out: files of this run in the source');
  const { filesFrom } = flags;
  return filesFrom === undefined
    ? { ownFiles: own }
    : { ownFiles: own, list: openList(context, filesFrom, flags.null) };
}

function runAndReport(running: Running): Promise<number> {
  const { context, config, flags, shard, parallel, options, log, around, numbers } = running;
  const { deleteAfterUpload: deletes = false, confirmWhen } = options;
  const ask = askOnTerminal(context, log.screen);
  const confirm =
    confirmWhen &&
    (async (plan: MovePlan) => {
      const isConfirmed = await ask(plan);
      if (isConfirmed) around?.begin();
      return isConfirmed;
    });
  const storesManifest = config.settings.report.manifest || shard !== undefined;
  const target = openBackupTarget(config, { context, log, storesManifest, dryRun: flags.dryRun });
  return reportedRun({
    context,
    config,
    flags,
    log,
    target: withNumbers(target, numbers),
    parallel,
    around,
    words: { items: ['file', 'files'], moved: 'sent' },
    plannedLine,
    summaryText: (summary, reasons) => summaryText(summary, reasons, deletes),
    run: async ({ entries, ...circumstances }) => {
      const { logger } = log;
      const given = { ...options, ...optionsOfFiles(running), ...circumstances, confirm, logger };
      return runBackup(shard ? await optionsOfShard(given, shard) : given, entries);
    },
    failed: (failure, start, signal) =>
      summarize({
        options: { ...options, source: [config.settings.backup.source_directory].flat().join(', '), signal },
        start,
        tally: new Tally(),
        failure,
      }),
  });
}

async function optionsOfShard(given: BackupOptions, shard: Shard): Promise<BackupOptions> {
  const options = await shardOptions(given, shard);
  const { plan, index } = shard;
  const { range } = options;
  given.logger?.info({ operation: 'configure', plan, shard: index, range }, 'shard of a plan');
  return options;
}
