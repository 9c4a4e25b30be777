import * as v from 'valibot';
import { FormError } from '../parse/form-error.ts';
import { parseDuration } from '../parse/parse-duration.ts';
import { info } from './setting-info.ts';
import { filePath, readWith, textOrNumber, wholeNumber } from './value-types.ts';

export const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

/** Settings about the log. */
export const loggingSchema = v.strictObject({
  level: v.pipe(
    v.optional(readWith(level), 'INFO'),
    info({
      kind: 'text',
      about: 'The least severe level that is logged.',
      allowed: `${LEVELS.join(', ')}, in any case`,
      flag: {
        name: '--log-level',
        value: 'LEVEL',
        about: `${LEVELS.slice(0, -1).join(', ')} or ${LEVELS.at(-1)}`,
      },
    }),
  ),
  log_file: v.pipe(
    v.optional(filePath()),
    info({
      kind: 'path',
      about: 'Log to this file, too.',
      allowed: 'path; relative to the current folder; ~/ is the home folder',
      example: 'logs/backup.log',
      flag: { name: '--log-file', value: 'FILE', about: 'log to this file, too' },
    }),
  ),
  max_log_size_mb: v.pipe(
    v.optional(wholeNumber(1, 1_000_000), 10),
    info({
      kind: 'number',
      about: 'Start a new log file at this size.',
      allowed: 'MiB, whole number, 1 to 1000000',
    }),
  ),
  backup_count: v.pipe(
    v.optional(wholeNumber(0, 1000), 5),
    info({ kind: 'number', about: 'Old log files that are kept.', allowed: 'whole number, 0 to 1000' }),
  ),
  stats: v.pipe(
    v.optional(readWith(interval), 0),
    info({
      kind: 'duration',
      about:
        'Print a line with the progress on stderr this often, also without a terminal. 0: only a terminal shows it. SIGUSR1\n' +
        '(kill -USR1) prints such a line at any time, SIGINFO (Ctrl-T) does where there is one.',
      allowed: 'seconds, or with a unit: 30s, 1m, 1h; at most 1d',
      flag: {
        name: '--stats',
        value: 'DURATION',
        about: 'print a line of progress this often: 1m; SIGUSR1 prints one at any time',
      },
    }),
  ),
});

const DAY = 86_400;

function interval(value: unknown): number {
  const seconds = parseDuration(textOrNumber(value));
  if (seconds > DAY) throw new FormError('a duration of at most 1d');
  return seconds;
}

function level(value: unknown): (typeof LEVELS)[number] {
  const found = LEVELS.find((name) => typeof value === 'string' && name === value.toUpperCase());
  if (found === undefined) throw new FormError(`one of ${LEVELS.join(', ')}`);
  return found;
}
