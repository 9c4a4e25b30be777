import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { ReportSummary } from '../../report/report.ts';
import type { Settings } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { masked } from '../output/mask.ts';
import { cutTo, oneLine } from '../output/printable.ts';
import { sourcesOf } from '../session/options-from-settings.ts';
import { runCommand } from '../session/run-command.ts';
import type { Log } from '../session/with-log.ts';
import { hookEnvironment } from './hook-environment.ts';
import { takeHookLock } from './hook-lock.ts';

type HookName = 'before' | 'after' | 'on_success' | 'on_failure';

/** What the hooks of a run need. */
export interface HooksInput {
  readonly context: Pick<CliContext, 'cwd' | 'env'>;
  readonly settings: Settings;
  readonly log: Log;
  readonly runId: string;
}

/**
 * The hooks of one run, in the order in which they are called: `before`, the run, `after`, the report, `on_success` or
 * `on_failure`. Each of them runs once at most.
 */
export class Hooks {
  readonly #input: HooksInput;
  readonly #kill = new AbortController();
  #release: (() => void) | undefined;
  /** Whether `after` is due. */
  #isBegun = false;
  #isEnded = false;

  constructor(input: HooksInput) {
    this.#input = input;
  }

  /**
   * Takes the lock of the hooks, and runs `before`.
   *
   * @throws BackupError `HOOK_FAILED`; `LOCKED` or `LOCK_UNAVAILABLE`, and then no hook has run
   */
  async before(signal: AbortSignal): Promise<void> {
    const { before, after } = this.#input.settings.hooks;
    if (before === undefined && after === undefined) return;
    this.#release = await this.#lock(signal);
    this.#isBegun = true;
    const failure = await this.#run('before', undefined, signal);
    if (failure === undefined) return;
    throw new BackupError('HOOK_FAILED', `${failure}, so nothing was sent or deleted.`, {
      hint: 'The log has what it has written (--verbose shows it). hooks.before: off runs without it.',
    });
  }

  /** Runs `after` if it is due, also after a signal, and releases the lock. @returns what failed */
  async after(summary: ReportSummary): Promise<string | undefined> {
    if (!this.#isBegun) return undefined;
    this.#isBegun = false;
    try {
      return await this.#run('after', summary);
    } finally {
      this.#release?.();
    }
  }

  /** Runs `on_success` or `on_failure`. @returns what failed */
  async ended(summary: ReportSummary): Promise<string | undefined> {
    if (this.#isEnded) return undefined;
    this.#isEnded = true;
    return this.#run(summary.exit_code === EXIT_CODES.ok ? 'on_success' : 'on_failure', summary);
  }

  /** Kills the hook that runs. */
  kill(): void {
    this.#kill.abort();
    this.#release?.();
  }

  #lock(signal: AbortSignal): Promise<() => void> {
    const { settings } = this.#input;
    const { hooks, backup, s3, safety } = settings;
    const source = sourcesOf(backup.source_directory ?? '');
    const sources = typeof source === 'string' ? [source] : source.map(({ folder }) => folder);
    return takeHookLock({
      sources,
      commands: [hooks.before, hooks.after].filter((command) => command !== undefined),
      holder: {
        pid: process.pid,
        since: new Date().toISOString(),
        source: sources.join(', '),
        target: `s3://${s3.bucket_name}/${s3.prefix}`,
      },
      waitSeconds: safety.wait,
      signal,
    });
  }

  /** @returns a sentence without its full stop that says what failed; undefined if the hook is not set, or succeeded */
  async #run(hook: HookName, summary?: ReportSummary, signal?: AbortSignal): Promise<string | undefined> {
    const { context, settings, log, runId } = this.#input;
    const command = settings.hooks[hook];
    if (command === undefined) return undefined;
    const { backup, s3, report, logging, hooks } = settings;
    const facts = {
      ...{ hook, runId, summary },
      source: [backup.source_directory ?? ''].flat().join('\n'),
      bucket: s3.bucket_name ?? '',
      prefix: s3.prefix,
      report: report.output_json === '-' ? undefined : report.output_json,
      page: report.html,
      log: logging.log_file,
    };
    const { logger, secrets } = log;
    logger.info({ operation: 'hook', hook, program: command[0] }, 'hook started');
    let last = '';
    const onLine = (line: string) => {
      const text = oneLine(masked(line, secrets));
      if (text !== '') last = text;
      logger.info({ operation: 'hook', hook, output: text }, 'output of the hook');
    };
    const failure = await runCommand({
      ...{ command, cwd: context.cwd, signal, kill: this.#kill.signal, onLine },
      env: hookEnvironment(context.env, facts, hooks.pass_credentials),
      limitSeconds: hooks.time_limit,
    });
    if (failure === undefined) {
      logger.info({ operation: 'hook', hook }, 'hook ended');
      return undefined;
    }
    const reason = `The hook ${hook} (${command[0]}) ${failure}${last === '' ? '' : `: ${cutTo(last, LONGEST_OUTPUT)}`}`;
    logger.error({ operation: 'hook', hook, code: 'HOOK_FAILED', reason }, 'hook failed');
    return reason;
  }
}

/** How much of the last line of a hook is in the message that says that it failed, in characters. */
const LONGEST_OUTPUT = 200;
