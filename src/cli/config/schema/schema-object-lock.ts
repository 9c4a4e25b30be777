import * as v from 'valibot';
import { FormError } from '../parse/form-error.ts';
import { parseDuration } from '../parse/parse-duration.ts';
import { info } from './setting-info.ts';
import { boolean, readWith, textOrNumber } from './value-types.ts';

/** Settings for Object Lock, which must be enabled on the bucket. */
export const objectLockEntries = {
  object_lock_mode: v.pipe(
    v.optional(v.picklist(['GOVERNANCE', 'COMPLIANCE'], 'GOVERNANCE or COMPLIANCE')),
    info({
      kind: 'text',
      about:
        'Lock objects against deletion and overwriting (Object Lock), with object_lock_retention. COMPLIANCE: nobody\n' +
        'can shorten it. An object that holds the content already is left as it is.',
      allowed: 'GOVERNANCE or COMPLIANCE',
      example: 'GOVERNANCE',
    }),
  ),
  object_lock_retention: v.pipe(
    v.optional(readWith(retention)),
    info({
      kind: 'duration',
      about: 'How long each object is locked, counted from when its upload begins.',
      allowed: 'seconds, or with a unit: 12h, 30d; at most 36500d',
      example: 2_592_000,
    }),
  ),
  object_lock_legal_hold: v.pipe(
    v.optional(boolean()),
    info({
      kind: 'boolean',
      about: 'Lock objects until somebody takes the legal hold off them.',
      allowed: 'true or false',
      example: true,
    }),
  ),
} as const;

function retention(value: unknown): number {
  const seconds = parseDuration(textOrNumber(value));
  if (seconds === 0) throw new FormError('a duration of more than 0s');
  return seconds;
}
