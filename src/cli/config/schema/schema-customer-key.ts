import * as v from 'valibot';
import { customerKeyFrom } from '../../../s3/customer-key.ts';
import { FormError } from '../parse/form-error.ts';
import { info } from './setting-info.ts';
import { readWith, text } from './value-types.ts';

/** Settings for SSE-C: the service encrypts objects with a key that it does not keep. */
export const customerKeyEntries = {
  sse_customer_key: v.pipe(
    v.optional(readWith(customerKey)),
    info({
      kind: 'secret',
      about:
        'Encryption by the service with your own key (SSE-C), which it does not keep: without the key nobody can read\n' +
        'the objects again. Better in S3_BACKUP_SSE_CUSTOMER_KEY or in a file of its own than here.',
      allowed: '32 bytes as base64 or hex; over https:// only, and not with server_side_encryption',
      example: 'base64-of-32-bytes',
    }),
  ),
  sse_customer_key_file: v.pipe(
    v.optional(text(/^[^\0]+$/, 'a path')),
    info({
      kind: 'path',
      about: 'A file that holds that key.',
      allowed: 'path of a file with 32 bytes, or with their base64 or hex; ~/ is the home folder',
      example: '/etc/s3-backup/customer.key',
    }),
  ),
} as const;

function customerKey(value: unknown): string {
  const key = typeof value === 'string' ? customerKeyFrom(value.trim()) : undefined;
  if (key === undefined)
    throw new FormError('32 bytes as base64 (44 characters) or hex (64 characters), in quotes');
  return key;
}
