import * as v from 'valibot';
import { FormError } from './form-error.ts';
import { info } from './setting-info.ts';
import { readWith, size, text, wholeNumber } from './value-types.ts';

const MIB = 1024 ** 2;
const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

/** How bytes travel. */
export const transferSchema = v.strictObject({
  concurrency: v.pipe(
    v.optional(wholeNumber(1, 256), 16),
    info({ kind: 'number', about: 'Files under way at the same time.', allowed: 'whole number, 1 to 256' }),
  ),
  part_size: v.pipe(
    v.optional(size(5 * MIB, 5 * 1024 * MIB, 'from 5MiB to 5GiB'), 8 * MIB),
    info({
      kind: 'size',
      about: 'Larger files are sent in parts of this size.',
      allowed: 'bytes, or with a unit: 8M, 8MiB; 5MiB to 5GiB, and not above transfer.memory',
    }),
  ),
  memory: v.pipe(
    v.optional(size(32 * MIB, Number.MAX_SAFE_INTEGER, 'of at least 32MiB'), 128 * MIB),
    info({
      kind: 'size',
      about: 'Most bytes of file content held in memory at a time, over all files.',
      allowed: 'bytes, or with a unit: 128M, 1GiB; at least 32MiB',
    }),
  ),
  max_attempts: v.pipe(
    v.optional(wholeNumber(1, 20), 5),
    info({
      kind: 'number',
      about: 'How often a request is tried before its file has failed.',
      allowed: 'whole number, 1 to 20',
    }),
  ),
});

/** What is written down while the program runs. */
export const loggingSchema = v.strictObject({
  level: v.pipe(
    v.optional(readWith(level), 'INFO'),
    info({ kind: 'text', about: 'What is logged.', allowed: `${LEVELS.join(', ')}, in any case` }),
  ),
  log_file: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path')),
    info({
      kind: 'path',
      about: 'Log to this file too.',
      allowed: 'path; relative to the current folder; ~/ is the home folder',
      example: 'logs/backup.log',
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

/** What is said at the end. */
export const reportSchema = v.strictObject({
  output_json: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path, or - for stdout')),
    info({
      kind: 'path',
      about: 'Write the report as JSON to this file.',
      allowed: 'path, or "-" for stdout; relative to the current folder; ~/ is the home folder',
      example: 'report.json',
    }),
  ),
});

function level(value: unknown): (typeof LEVELS)[number] {
  const found = LEVELS.find((name) => typeof value === 'string' && name === value.toUpperCase());
  if (found === undefined) throw new FormError(`one of ${LEVELS.join(', ')}`);
  return found;
}
