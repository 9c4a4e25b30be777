import { BackupError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { proxyVariables } from '../http/proxy.ts';
import { backupOptions, secretsOf } from './backup-options.ts';
import { type Check, liveChecks } from './checks.ts';
import { describeSettings, type LoadedConfig } from './config/index.ts';
import type { CliContext } from './context.ts';
import { masked } from './mask.ts';
import { oneLine } from './printable.ts';

const NAME_WIDTH = 18;

/** @returns 0 only if every check passed */
export async function showStatus(
  context: CliContext,
  config: LoadedConfig,
  writeProbe: boolean,
): Promise<number> {
  const { stdout, stderr } = context;
  for (const warning of config.warnings) stderr.write(`s3-backup: ${warning}\n`);
  const lines = describeSettings(config);
  const width = (field: 'key' | 'value') =>
    Math.min(60, Math.max(...lines.map((line) => line[field].length)));
  const [keys, values] = [width('key'), width('value')];
  stdout.write('Configuration\n');
  for (const { key, value, origin } of lines) {
    stdout.write(`  ${key.padEnd(keys)}  ${value.padEnd(values)}  ${origin}\n`);
  }
  stdout.write('\nChecks\n');
  const checks = await checksOf(context, config, writeProbe);
  const secrets = secretsOf(config.settings);
  for (const check of checks) stdout.write(masked(checkText(check), secrets));
  return checks.every(({ passed }) => passed) ? EXIT_CODES.ok : EXIT_CODES.fatal;
}

async function checksOf({ env }: CliContext, config: LoadedConfig, writeProbe: boolean): Promise<Check[]> {
  try {
    const options = { ...backupOptions(config), proxies: proxyVariables(env) };
    return await liveChecks({ options, config, writeProbe });
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return [{ name: 'options', passed: false, detail: error.message, hint: error.hint }];
  }
}

function checkText({ name, passed, detail, hint, mark }: Check): string {
  const advice = hint ? `    ${' '.repeat(NAME_WIDTH)} ${hint}\n` : '';
  return `  ${mark ?? markOf(passed)} ${name.padEnd(NAME_WIDTH)} ${oneLine(detail)}\n${advice}`;
}

function markOf(passed: boolean | undefined): string {
  if (passed === undefined) return '-';
  return passed ? '✓' : '✗';
}
