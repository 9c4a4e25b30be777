import * as v from 'valibot';
import { DEFAULTS } from '../../../core/defaults.ts';
import { CANNED_ACLS } from '../../../s3/canned-acls.ts';
import { CHECKSUM_CHOICES } from '../../../s3/store-types.ts';
import { FormError } from '../parse/form-error.ts';
import { customerKeyEntries } from './schema-customer-key.ts';
import { objectLockEntries } from './schema-object-lock.ts';
import { info } from './setting-info.ts';
import { boolean, text, textMap } from './value-types.ts';

const PRINTABLE = /^[^\p{Cc}]*$/u;

/** Settings about where and how objects are stored. The bucket's defaults apply to what is not set. */
export const s3Schema = v.strictObject({
  bucket_name: v.pipe(
    v.optional(
      text(/^(?:[^\s/\p{Cc}]+|arn:[^\s\p{Cc}]+)$/u, 'the name alone, without s3:// and without a path'),
    ),
    info({
      kind: 'text',
      about: 'The bucket, or an access point.',
      allowed: 'the name, or the ARN of an access point',
      example: 'my-backups',
      flag: { name: '--bucket', value: 'NAME', about: 'the bucket' },
    }),
  ),
  prefix: v.pipe(
    v.optional(
      v.pipe(
        text(PRINTABLE, 'text of at most 1024 bytes'),
        v.regex(/^(?!s3:\/\/)/i, 'text of at most 1024 bytes, without s3:// and the bucket'),
        v.maxBytes(1024, 'text of at most 1024 bytes'),
      ),
      DEFAULTS.prefix,
    ),
    info({
      kind: 'text',
      about: 'What every key begins with. The rest is the path below the source folder.',
      allowed: 'text, at most 1024 bytes; a / is put after it',
      flag: { name: '--prefix', about: 'what every key begins with' },
    }),
  ),
  storage_class: v.pipe(
    v.optional(text(/^[A-Z0-9_]{1,64}$/, 'a storage class in capitals, such as STANDARD_IA')),
    info({
      kind: 'text',
      about: 'Storage class.',
      allowed: 'STANDARD, STANDARD_IA, INTELLIGENT_TIERING, GLACIER, ... as the service knows them',
      example: 'STANDARD_IA',
      flag: {
        name: '--storage-class',
        value: 'CLASS',
        about: 'storage class of new objects, such as STANDARD_IA',
      },
    }),
  ),
  server_side_encryption: v.pipe(
    v.optional(v.picklist(['AES256', 'aws:kms', 'aws:kms:dsse'], 'AES256, aws:kms or aws:kms:dsse')),
    info({
      kind: 'text',
      about: 'Encryption by the service.',
      allowed: 'AES256, aws:kms or aws:kms:dsse',
      example: 'aws:kms',
    }),
  ),
  kms_key_id: v.pipe(
    v.optional(text(/^[\x21-\x7e]{1,2048}$/, 'a KMS key id, ARN or alias')),
    info({
      kind: 'text',
      about: 'KMS key, only with aws:kms or aws:kms:dsse.',
      allowed: 'key id, ARN or alias',
      example: 'alias/backup',
    }),
  ),
  ...customerKeyEntries,
  acl: v.pipe(
    v.optional(v.picklist(CANNED_ACLS, `one of ${CANNED_ACLS.join(', ')}`)),
    info({
      kind: 'text',
      about: 'Access control list of every object, for a bucket that has them enabled.',
      allowed: CANNED_ACLS.join(', '),
      example: 'bucket-owner-full-control',
    }),
  ),
  cache_control: v.pipe(
    v.optional(text(/^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/, 'ASCII of at most 1024 characters')),
    info({
      kind: 'text',
      about: 'Cache-Control header of every object, for servers and browsers that cache it.',
      allowed: 'ASCII, at most 1024 characters',
      example: 'max-age=86400',
    }),
  ),
  ...objectLockEntries,
  checksum: v.pipe(
    v.optional(v.picklist(CHECKSUM_CHOICES, CHECKSUM_CHOICES.join(', ')), DEFAULTS.checksum),
    info({
      kind: 'text',
      about:
        'Checksum that the service compares with every upload, and stores with the object.\n' +
        'auto: Content-MD5, CRC32 on AWS, and SHA256 if the ETags of the store are no digests. md5: Content-MD5 alone.\n' +
        'The others: this one is stored, and is the proof that is asked for, with one HEAD request for each file.',
      allowed: CHECKSUM_CHOICES.join(', '),
    }),
  ),
  tags: v.pipe(
    v.optional(textMap(checkTags)),
    info({
      kind: 'map',
      about: 'Tags on every object.',
      allowed: 'at most 10; names up to 128 characters, values up to 256',
      example: { team: 'archive' },
    }),
  ),
  metadata: v.pipe(
    v.optional(textMap(checkMetadata)),
    info({
      kind: 'map',
      about: 'User metadata on every object. mtime, mode, uid and gid are added by the program.',
      allowed: 'ASCII, at most 1900 bytes in all',
      example: { origin: 'office' },
    }),
  ),
  requester_pays: v.pipe(
    v.optional(boolean()),
    info({
      kind: 'boolean',
      about: "Pay for the requests if the bucket's owner does not (Requester Pays).",
      allowed: 'true or false',
      example: true,
    }),
  ),
});

/** Checks tags against the limits of S3 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html). */
function checkTags(tags: Record<string, string>): void {
  const entries = Object.entries(tags);
  const fits = entries.every(
    ([name, value]) => name.length <= 128 && value.length <= 256 && PRINTABLE.test(name + value),
  );
  if (entries.length > 10 || !fits) {
    throw new FormError('at most 10 tags, names of up to 128 characters, values of up to 256');
  }
}

const OWN_NAMES = ['mtime', 'mode', 'uid', 'gid'];

/** Checks metadata, which is sent as HTTP headers. S3 accepts 2,048 bytes of names and values; the program's own need 65. */
function checkMetadata(metadata: Record<string, string>): void {
  const entries = Object.entries(metadata);
  if (entries.some(([name]) => OWN_NAMES.includes(name.toLowerCase()))) {
    throw new FormError('other names than mtime, mode, uid and gid, which the program writes itself');
  }
  const fits = entries.every(
    ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value),
  );
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (!fits || bytes > 1900) {
    throw new FormError('names of letters, digits and -_. and values of ASCII, at most 1900 bytes in all');
  }
}
