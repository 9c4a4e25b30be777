import type { Level } from 'pino';
import type { LoadedConfig, Settings } from '../config/index.ts';

const LEVELS: Readonly<Record<Settings['logging']['level'], Level>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
};

export function fileLevel(settings: Settings): Level {
  return LEVELS[settings.logging.level];
}

/** Level of the console: warnings, unless a level was chosen. A log line for each file belongs in the log file. */
export function consoleLevel(config: LoadedConfig, flags: { verbose: boolean; quiet: boolean }): Level {
  if (flags.quiet) return 'error';
  if (flags.verbose) return 'debug';
  return config.origin('logging.level').kind === 'default' ? 'warn' : fileLevel(config.settings);
}
