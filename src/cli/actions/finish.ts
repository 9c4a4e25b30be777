import type { BackupOptions } from '../../backup/options.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { runFinish } from '../../plans/finish-plan.ts';
import { ShardsMissing, shardList } from '../../plans/shards-missing.ts';
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
import { configOfAll } from '../session/config-of-shard.ts';
import { backupOptions } from '../session/options-from-settings.ts';
import { type Around, reportedRun } from '../session/reported-run.ts';
import { requirePlanId } from '../session/shard-of-plan.ts';
import { withAround } from '../session/with-around.ts';
import { type Log, withLog } from '../session/with-log.ts';

/** The flags of this command that are not settings. */
export interface FinishFlags {
  readonly plan: string;
  readonly lease: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  load(): Promise<LoadedConfig>;
}

/**
 * Runs `s3-backup finish`: adds log, progress, signals, report, messages and summary to the library's finish. Missing shards go to
 * stdout, as job arrays take them.
 *
 * @returns the exit code
 * @throws BackupError if nothing was stored
 */
export function finishAction(context: CliContext, given: LoadedConfig, flags: FinishFlags): Promise<number> {
  const config = configOfAll(given);
  const { settings } = config;
  const source = [settings.backup.source_directory ?? []].flat().join(', ');
  return withAround(context, config, { command: 'finish', source, isDry: false }, (around) => {
    requirePlanId(flags.plan);
    checkOutputs(settings);
    const { metrics: path, exit_codes: exitCodes } = settings.report;
    const metrics = { context, path, job: jobLabels(settings, 'finish'), exitCodes };
    return withMetrics(metrics, (numbers) => {
      const options = optionsFor(context, config, flags);
      return withLog(context, config, flags, async (log) => {
        around?.useLog(log);
        return mergeAndReport({ context, config, flags, source, options, log, around, numbers });
      });
    });
  });
}

function optionsFor(context: CliContext, config: LoadedConfig, { lease }: FinishFlags): BackupOptions {
  const given = backupOptions(config);
  return {
    ...given,
    lock: lease ? given.lock : 'machine',
    proxies: proxyVariables(context.env),
  };
}

interface Merging {
  readonly context: CliContext;
  readonly config: LoadedConfig;
  readonly flags: FinishFlags;
  readonly source: string;
  readonly options: BackupOptions;
  readonly log: Log;
  readonly around: Around<ReportSummary> | undefined;
  readonly numbers: RunNumbers | undefined;
}

async function mergeAndReport(merging: Merging): Promise<number> {
  const { context, config, flags, source, options, log, around, numbers } = merging;
  const { deleteAfterUpload: deletes = false } = options;
  const { logger } = log;
  const target = openBackupTarget(config, { context, log, storesManifest: true, dryRun: false });
  let missing: ShardsMissing | undefined;
  try {
    return await reportedRun({
      context,
      config,
      flags: { dryRun: false, quiet: flags.quiet, load: () => flags.load() },
      log,
      target: withNumbers(target, numbers),
      around,
      words: { items: ['file', 'files'], moved: '' },
      plannedLine,
      summaryText: (summary, reasons) => summaryText(summary, reasons, deletes),
      run: async ({ entries, ...circumstances }) => {
        try {
          return await runFinish({ ...options, ...circumstances, logger }, flags.plan, entries);
        } catch (error) {
          if (error instanceof ShardsMissing) missing = error;
          throw error;
        }
      },
      failed: (failure, start, signal) =>
        summarize({ options: { ...options, source, signal }, start, tally: new Tally(), failure }),
    });
  } finally {
    if (missing && !target.takesStdout) context.stdout.write(`${shardList(missing.shards)}\n`);
  }
}
