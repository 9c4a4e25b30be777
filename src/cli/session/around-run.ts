import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { fatalOf } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { Start } from '../../core/start.ts';
import type { Outcome } from '../../flow/item.ts';
import type { FileEntry, ReportSummary } from '../../report/report.ts';
import { summarize } from '../../report/summarize.ts';
import { Tally } from '../../report/tally.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { Hooks } from '../hooks/hooks.ts';
import { Notifier } from '../notify/notifier.ts';
import type { Failed } from '../notify/run-news.ts';
import { maskedError } from '../output/mask.ts';
import { oneLine } from '../output/printable.ts';
import { Reasons, summaryText } from '../output/summary.ts';
import { secretsOf } from './options-from-settings.ts';
import type { Around } from './reported-run.ts';
import type { Log } from './with-log.ts';

/** Number of failed files that messages name. */
const NAMED_FILES = 5;

/** The command whose run it is. */
export interface AroundJob {
  readonly command: 'run' | 'put' | 'finish';
  /** The source as the report names it if nothing could be begun. */
  readonly source: string;
  /** Key of the object that `put` stores. */
  readonly key?: string | undefined;
  /** Whether a question may come first whose answer decides whether the run begins. Default false. */
  readonly mayAsk?: boolean | undefined;
}

/**
 * What is done around a run, in this order: the ping of the start, the hook `before`, the run, `after`, the report, `on_success`
 * or `on_failure`, and all messages. What fails is a warning in the log and in the report. A hook that fails makes exit code 0 a
 * 2; a message that is not delivered changes nothing. A run that its user did not confirm has not begun: nobody is told of it.
 */
export class AroundRun implements Around<ReportSummary> {
  readonly #context: CliContext;
  readonly #config: LoadedConfig;
  readonly #job: AroundJob;
  readonly #runId = randomUUID();
  readonly #start = new Start();
  readonly #notifier: Notifier;
  readonly #failed: Failed[] = [];
  #log: Log | undefined;
  #hooks: Hooks | undefined;
  /** Whether the ping of the start was sent, if there is one. */
  #hasBegun = false;
  /** Exit code that others were told; undefined as long as they were not. */
  #told: number | undefined;

  constructor(context: CliContext, config: LoadedConfig, job: AroundJob) {
    const { settings } = config;
    const { bucket_name: bucket, prefix } = settings.s3;
    this.#context = context;
    this.#config = config;
    this.#job = job;
    const place = [settings.aws.endpoint_url, bucket, prefix];
    const identity = [job.command, job.source, job.key, ...place];
    this.#notifier = new Notifier({ context, settings, runId: this.#runId, job: identity });
    if (!job.mayAsk) this.begin();
  }

  begin(): void {
    if (!this.#hasBegun) this.#notifier.start();
    this.#hasBegun = true;
  }

  /** Must be called before the run: from then on the log gets what fails, and there are hooks. */
  useLog(log: Log): void {
    const { settings } = this.#config;
    this.#log = log;
    // What `put --command` runs is its own hook, and each shard of a plan has had its hooks.
    if (this.#job.command === 'run')
      this.#hooks = new Hooks({ context: this.#context, settings, log, runId: this.#runId });
  }

  async before(signal: AbortSignal): Promise<void> {
    await this.#hooks?.before(signal);
  }

  onEntry({ fate, path, code, reason }: FileEntry<Outcome>): void {
    this.begin();
    if (fate === 'failed' && this.#failed.length < NAMED_FILES) this.#failed.push({ path, code, reason });
  }

  async after(summary: ReportSummary): Promise<ReportSummary> {
    return withHookFailure(summary, await this.#hooks?.after(summary));
  }

  async ended(given: ReportSummary, text: string): Promise<ReportSummary> {
    if (given.error?.code === 'NOT_CONFIRMED') return given;
    const summary = withHookFailure(given, await this.#hooks?.ended(given));
    return this.#tell(summary, text);
  }

  kill(): void {
    this.#hooks?.kill();
  }

  /** Tells of an error that has ended the run before it, or after others were told that all went well. */
  async failed(error: unknown): Promise<void> {
    const { settings } = this.#config;
    const { bucket_name: bucket = '', prefix } = settings.s3;
    const failure = maskedError(fatalOf(error), secretsOf(settings));
    const options = { source: this.#job.source, bucket, prefix, exitCodes: settings.report.exit_codes };
    const summary = summarize({ options, start: this.#start, tally: new Tally(), failure });
    await this.#tell(summary, summaryText(summary, new Reasons(), false));
  }

  async #tell(summary: ReportSummary, text: string): Promise<ReportSummary> {
    if (this.#told === summary.exit_code) return summary;
    this.#told = summary.exit_code;
    this.begin();
    const { settings } = this.#config;
    const { output_json: report } = settings.report;
    const failures = await this.#notifier.end({
      command: this.#job.command,
      host: hostname(),
      runId: this.#runId,
      summary,
      summaryText: text,
      failed: this.#failed,
      secrets: secretsOf(settings),
      report: report === '-' ? undefined : report,
      log: settings.logging.log_file,
    });
    for (const failure of failures) this.#warn(failure);
    return failures.length === 0 ? summary : { ...summary, warnings: [...summary.warnings, ...failures] };
  }

  #warn(failure: string): void {
    const { stderr } = this.#context;
    if (this.#log) this.#log.logger.warn({ operation: 'notify' }, oneLine(failure));
    else stderr.write(`s3-backup: ${oneLine(failure)}\n`);
  }
}

function withHookFailure(summary: ReportSummary, failure: string | undefined): ReportSummary {
  if (failure === undefined) return summary;
  const { exit_code, warnings } = summary;
  return { ...summary, exit_code: exit_code || EXIT_CODES.partial, warnings: [...warnings, failure] };
}
