import type { Logger } from '../../core/logger.ts';
import type { LoadedConfig, Settings } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { createLogger } from '../log/create-logger.ts';
import type { RotatingFileOptions } from '../log/rotating-file.ts';
import { columnsOf } from '../output/layout.ts';
import { oneLine } from '../output/printable.ts';
import { Screen } from '../output/screen.ts';
import { consoleLevel, fileLevel } from './levels.ts';
import { secretsOf } from './options-from-settings.ts';

/** The log of a command, and the secrets that it masks. */
export interface Log {
  readonly screen: Screen;
  readonly logger: Logger;
  readonly secrets: readonly string[];
}

/** Opens the log that the settings ask for, runs `work` with it, and closes it. */
export async function withLog(
  context: CliContext,
  config: LoadedConfig,
  flags: { readonly verbose: boolean; readonly quiet: boolean },
  work: (log: Log) => Promise<number>,
): Promise<number> {
  const { settings, warnings } = config;
  const secrets = secretsOf(settings);
  const screen = new Screen(context);
  const { logger, close } = createLogger({
    screen,
    // https://no-color.org
    noColor: (context.env.NO_COLOR ?? '') !== '',
    consoleLevel: consoleLevel(config, flags),
    fileLevel: fileLevel(settings),
    file: logFile(settings),
    columns: screen.isTerminal ? columnsOf(context.stderr) : undefined,
    secrets,
  });
  try {
    for (const warning of warnings) logger.warn({ operation: 'configure' }, oneLine(warning));
    return await work({ screen, logger, secrets });
  } finally {
    close();
  }
}

function logFile({ logging }: Settings): RotatingFileOptions | undefined {
  const { log_file: path, max_log_size_mb: megabytes, backup_count: backups } = logging;
  return path === undefined ? undefined : { path, maxBytes: megabytes * 1024 * 1024, backups };
}
