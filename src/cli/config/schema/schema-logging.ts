import * as v from 'valibot';
import { FormError } from '../parse/form-error.ts';
import { info } from './setting-info.ts';
import { filePath, readWith, wholeNumber } from './value-types.ts';

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
});

function level(value: unknown): (typeof LEVELS)[number] {
  const found = LEVELS.find((name) => typeof value === 'string' && name === value.toUpperCase());
  if (found === undefined) throw new FormError(`one of ${LEVELS.join(', ')}`);
  return found;
}
