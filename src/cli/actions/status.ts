import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { RunControl } from '../../flow/run-control.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { describeSettings, type LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { hintOf } from '../output/own-words.ts';
import { oneLine } from '../output/printable.ts';
import { StatusText } from '../output/status-text.ts';
import { guardedProbe } from '../session/guarded-probe.ts';
import { optionsEvenIfIncomplete, secretsOf } from '../session/options-from-settings.ts';
import { exitCodeOf } from '../session/stop-on-signals.ts';
import type { CheckInput } from '../status/bucket-checks.ts';
import type { Check } from '../status/check.ts';
import { maskedCheck } from '../status/check.ts';
import { liveChecks } from '../status/checks.ts';

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
  for (const warning of config.warnings) stderr.write(wrapLines(`s3-backup: ${oneLine(warning)}\n`, stderr));
  const text = new StatusText(stdout, context.env);
  const lines = describeSettings(config);
  const shown = all ? lines : lines.filter(({ isDefault }) => !isDefault);
  const hidden = lines.length - shown.length;
  stdout.write(text.heading('Configuration') + text.settings(shown));
  if (hidden > 0) stdout.write(text.note(`${hidden} settings have their defaults, which --all shows`));
  stdout.write(`\n${text.heading('Checks')}`);
  const stop = new AbortController();
  const control = new RunControl(stop.signal);
  const guarded = guardedProbe(context, stop);
  const checks = await checksOf(context, config, {
    writeProbe,
    probeFlag: '--no-write-probe',
    control,
    guarded,
  });
  control.close();
  const secrets = secretsOf(config.settings);
  for (const check of checks) stdout.write(text.check(maskedCheck(check, secrets)));
  if (stop.signal.aborted) return exitCodeOf(stop.signal.reason);
  return checks.every(({ passed }) => passed) ? EXIT_CODES.ok : EXIT_CODES.fatal;
}

async function checksOf(
  context: CliContext,
  config: LoadedConfig,
  how: Omit<CheckInput, 'options' | 'config'>,
): Promise<Check[]> {
  try {
    const options = { ...optionsEvenIfIncomplete(config), proxies: proxyVariables(context.env) };
    return await liveChecks({ ...how, options, config }, context);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return [{ name: 'options', passed: false, detail: error.message, hint: hintOf(error) }];
  }
}
