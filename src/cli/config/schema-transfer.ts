import * as v from 'valibot';
import { info } from './setting-info.ts';
import { size, wholeNumber } from './value-types.ts';

const MIB = 1024 ** 2;

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
      allowed: 'bytes, or with a unit: 8M, 8MiB; 5MiB to 5GiB, and at most a sixth of transfer.memory',
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
