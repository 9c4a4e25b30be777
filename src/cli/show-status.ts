import { BackupError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { proxyVariables } from '../http/proxy.ts';
import { RunControl } from '../run-control.ts';
import { backupOptions, secretsOf } from './backup-options.ts';
import { type Check, type CheckInput, liveChecks } from './checks.ts';
import { describeSettings, type LoadedConfig } from './config/index.ts';
import type { CliContext } from './context.ts';
import { masked } from './mask.ts';
import { oneLine } from './printable.ts';
import { stopOnSignals } from './stop-on-signals.ts';

const NAME_WIDTH = 18;

/** @returns 0 only if every check passed; on a signal what was written to try is removed first */
export async function showStatus(
  context: CliContext,
  config: LoadedConfig,
  writeProbe: boolean,
): Promise<number> {
  const { stdout, stderr } = context;
  for (const warning of config.warnings) stderr.write(`s3-backup: ${oneLine(warning)}\n`);
  const lines = describeSettings(config);
  const width = (field: 'key' | 'value') =>
    Math.min(60, Math.max(...lines.map((line) => line[field].length)));
  const [keys, values] = [width('key'), width('value')];
  stdout.write('Configuration\n');
  for (const { key, value, origin } of lines) {
    stdout.write(`  ${key.padEnd(keys)}  ${value.padEnd(values)}  ${origin}\n`);
  }
  stdout.write('\nChecks\n');
  const say = (text: string) => void stderr.write(text);
  const effect = 'what was written to try is removed within 5 s';
  const { signal, release } = stopOnSignals(context, { say, effect });
  const control = new RunControl(signal);
  try {
    const checks = await checksOf(context, config, { writeProbe, control });
    const secrets = secretsOf(config.settings);
    for (const check of checks) stdout.write(masked(checkText(check), secrets));
    if (signal.aborted) return signal.reason === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted;
    return checks.every(({ passed }) => passed) ? EXIT_CODES.ok : EXIT_CODES.fatal;
  } finally {
    control.close();
    release();
  }
}

async function checksOf(
  { env }: CliContext,
  config: LoadedConfig,
  how: Pick<CheckInput, 'writeProbe' | 'control'>,
): Promise<Check[]> {
  try {
    const options = { ...backupOptions(config), proxies: proxyVariables(env) };
    return await liveChecks({ ...how, options, config });
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return [{ name: 'options', passed: false, detail: error.message, hint: error.hint }];
  }
}

function checkText({ name, passed, detail, hint, mark }: Check): string {
  const advice = hint ? `    ${' '.repeat(NAME_WIDTH)} ${oneLine(hint)}\n` : '';
  return `  ${mark ?? markOf(passed)} ${name.padEnd(NAME_WIDTH)} ${oneLine(detail)}\n${advice}`;
}

function markOf(passed: boolean | undefined): string {
  if (passed === undefined) return '-';
  return passed ? '✓' : '✗';
}
