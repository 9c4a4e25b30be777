import { setImmediate } from 'node:timers/promises';
import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { RunControl } from '../../flow/run-control.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { describeSettings, type LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { masked } from '../output/mask.ts';
import { hintOf } from '../output/own-words.ts';
import { oneLine } from '../output/printable.ts';
import { StatusText } from '../output/status-text.ts';
import { optionsEvenIfIncomplete, secretsOf } from '../session/options-from-settings.ts';
import { exitCodeOf, stopOnSignals } from '../session/stop-on-signals.ts';
import type { Check } from '../status/check.ts';
import { type CheckInput, liveChecks } from '../status/checks.ts';

export interface StatusFlags {
  readonly writeProbe: boolean;
  readonly all: boolean;
}

/**
 * Runs `s3-backup status`: prints the settings with their origins, then the checks.
 *
 * @param all Whether settings that have their defaults are printed, too.
 * @returns 0 if every check passed, else 1; 130 or 143 if a signal arrived while the probe object was in the bucket
 */
export async function statusAction(
  context: CliContext,
  config: LoadedConfig,
  { writeProbe, all }: StatusFlags,
): Promise<number> {
  const { stdout, stderr } = context;
  for (const warning of config.warnings) stderr.write(`s3-backup: ${oneLine(warning)}\n`);
  const text = new StatusText(stdout, context.env);
  const lines = describeSettings(config);
  const shown = all ? lines : lines.filter(({ isDefault }) => !isDefault);
  const hidden = lines.length - shown.length;
  stdout.write(text.heading('Configuration') + text.settings(shown));
  if (hidden > 0) stdout.write(text.note(`${hidden} settings have their defaults, which --all shows`));
  stdout.write(`\n${text.heading('Checks')}`);
  const stop = new AbortController();
  const control = new RunControl(stop.signal);
  const guarded = guard(context, stop);
  const checks = await checksOf(context, config, { writeProbe, control, guarded });
  control.close();
  const secrets = secretsOf(config.settings);
  for (const check of checks) stdout.write(text.check(maskedCheck(check, secrets)));
  if (stop.signal.aborted) return exitCodeOf(stop.signal.reason);
  return checks.every(({ passed }) => passed) ? EXIT_CODES.ok : EXIT_CODES.fatal;
}

/**
 * Makes a signal stop the checks in order while `work` runs, so that the probe object is removed. At other times a signal ends
 * the program at once, since nothing is left in the bucket.
 */
function guard(context: CliContext, stop: AbortController): CheckInput['guarded'] {
  const say = (text: string) => void context.stderr.write(text);
  return async (work) => {
    const effect = 'removing the test object, which takes up to 5 s';
    const { signal, release } = stopOnSignals(context, { say, effect });
    signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true });
    try {
      return await work();
    } finally {
      // A signal that arrived together with the last answer is delivered in the next turn of the event loop.
      await setImmediate();
      release();
    }
  };
}

async function checksOf(
  { env }: CliContext,
  config: LoadedConfig,
  how: Omit<CheckInput, 'options' | 'config'>,
): Promise<Check[]> {
  try {
    const options = { ...optionsEvenIfIncomplete(config), proxies: proxyVariables(env) };
    return await liveChecks({ ...how, options, config });
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return [{ name: 'options', passed: false, detail: error.message, hint: hintOf(error) }];
  }
}

function maskedCheck(check: Check, secrets: readonly string[]): Check {
  const { detail, hint } = check;
  return { ...check, detail: masked(detail, secrets), hint: hint && masked(hint, secrets) };
}
