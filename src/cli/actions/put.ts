import { runPut, STREAM_SOURCE } from '../../backup/put.ts';
import type { PutOptions } from '../../backup/put-options.ts';
import { BackupError } from '../../core/errors.ts';
import { proxyVariables } from '../../http/proxy.ts';
import type { FileEntry, ReportSummary } from '../../report/report.ts';
import { summarize } from '../../report/summarize.ts';
import { Tally } from '../../report/tally.ts';
import { reportText } from '../../report/write-report.ts';
import type { LoadedConfig } from '../config/index.ts';
import { parseSize } from '../config/parse/parse-size.ts';
import type { CliContext } from '../context.ts';
import { withEvents } from '../events/with-events.ts';
import type { RunNumbers } from '../metrics/run-numbers.ts';
import { jobLabels, withMetrics, withNumbers } from '../metrics/with-metrics.ts';
import { plannedLine } from '../output/planned-line.ts';
import { putText } from '../output/put-text.ts';
import type { Screen } from '../output/screen.ts';
import { checkOutputs } from '../session/check-outputs.ts';
import { commandOutput } from '../session/command-output.ts';
import { destinationOptions } from '../session/options-from-settings.ts';
import { openReportTarget, type ReportTarget } from '../session/report-target.ts';
import { type Around, reportedRun } from '../session/reported-run.ts';
import { withAround } from '../session/with-around.ts';
import { withPage } from '../session/with-files-beside.ts';
import { type Log, withLog } from '../session/with-log.ts';

/** The flags of this command that are not settings. */
export interface PutFlags {
  readonly key: string;
  readonly command?: string | undefined;
  readonly ifAbsent: boolean;
  readonly expectedSize?: string | undefined;
  readonly verbose: boolean;
  readonly quiet: boolean;
  load(): Promise<LoadedConfig>;
}

/**
 * Runs `s3-backup put`: stores stdin, or the output of a command, as one object.
 *
 * @returns the exit code
 * @throws BackupError if the run ended before anything was sent
 */
export function putAction(context: CliContext, config: LoadedConfig, flags: PutFlags): Promise<number> {
  const job = { command: 'put', source: STREAM_SOURCE, key: flags.key, isDry: false } as const;
  return withAround(context, config, job, async (around) => {
    const { settings } = config;
    requireInput(context, flags);
    checkOutputs(settings);
    const { metrics: path, exit_codes: exitCodes } = settings.report;
    const metrics = { context, path, job: jobLabels(settings, 'put'), exitCodes };
    return withMetrics(metrics, (numbers) => {
      const options = putOptions(context, config, flags);
      return withLog(context, config, flags, async (log) => {
        around?.useLog(log);
        return storeAndReport({ context, config, flags, options, log, around, numbers });
      });
    });
  });
}

type OptionsBeforeInput = Omit<PutOptions, 'input'>;

function putOptions(context: CliContext, config: LoadedConfig, flags: PutFlags): OptionsBeforeInput {
  const { safety, transfer, report } = config.settings;
  const { key, ifAbsent, expectedSize } = flags;
  return {
    ...destinationOptions(config),
    proxies: proxyVariables(context.env),
    key,
    ifAbsent,
    expectedSize: expectedSize === undefined ? undefined : sizeOf(expectedSize),
    overwrite: safety.overwrite,
    verify: safety.verify,
    requireProof: safety.require_proof,
    waitSeconds: safety.wait,
    partSizeBytes: transfer.part_size,
    memoryBytes: transfer.memory,
    signPayload: transfer.sign_payload,
    manifest: report.manifest,
    exitCodes: report.exit_codes,
  };
}

/** @throws BackupError `BAD_OPTION` if nothing but a terminal could be read */
function requireInput({ stdin }: CliContext, { command }: PutFlags): void {
  if (command === undefined && 'isTTY' in stdin && stdin.isTTY)
    throw new BackupError('BAD_OPTION', 'put stores what stdin brings, and stdin is a terminal.', {
      hint: 'Use a pipe (`pg_dump db | s3-backup put db.sql`), or --command.',
    });
}

/** The command is started only when the store has answered, and stdin is read only then. */
function inputOf(context: CliContext, { command, quiet }: PutFlags, screen: Screen): PutOptions['input'] {
  if (command === undefined) return context.stdin;
  return () => commandOutput(context, command, screen.isTerminal && !quiet ? screen : undefined);
}

/** @throws BackupError `BAD_OPTION` */
function sizeOf(text: string): number {
  try {
    return parseSize(text);
  } catch {
    throw new BackupError(
      'BAD_OPTION',
      `--expected-size is ${text}; allowed are bytes, or a unit: 500M, 200G, 5T.`,
    );
  }
}

interface Storing {
  readonly context: CliContext;
  readonly config: LoadedConfig;
  readonly flags: PutFlags;
  readonly options: OptionsBeforeInput;
  readonly log: Log;
  readonly around: Around<ReportSummary> | undefined;
  readonly numbers: RunNumbers | undefined;
}

function storeAndReport(storing: Storing): Promise<number> {
  const { context, config, flags, options, log, around } = storing;
  const input = inputOf(context, flags, log.screen);
  let stored: FileEntry | undefined;
  return reportedRun({
    context,
    config,
    flags: { dryRun: false, quiet: flags.quiet, load: () => flags.load() },
    log,
    around,
    target: targetOf(storing),
    words: { items: undefined, moved: 'sent' },
    plannedLine,
    summaryText: (summary) => putText(summary, stored),
    run: ({ entries, onEntry, ...circumstances }) => {
      const note = (entry: FileEntry) => {
        stored = entry;
        onEntry(entry);
      };
      return runPut({ ...options, ...circumstances, input, onEntry: note, logger: log.logger }, entries);
    },
    failed: (failure, start, signal) =>
      summarize({
        options: { ...options, source: STREAM_SOURCE, signal },
        start,
        tally: new Tally(),
        failure,
      }),
  });
}

function targetOf({ context, config, log, numbers }: Storing): ReportTarget {
  const { output_json: output, manifest, html, events } = config.settings.report;
  const report = openReportTarget(output, context.stdout, reportText, manifest || html !== undefined);
  const target = withEvents(withPage(report, html), events, { operation: 'put', context, log });
  return withNumbers(target, numbers);
}
