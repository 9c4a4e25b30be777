import type { ObjectOptions } from '../../s3/object-options.ts';
import type { RuledOption } from '../../s3/option-rules.ts';
import type { SettingKey, Settings } from './schema/schema.ts';

/** The setting of each option of the library. */
export const OBJECT_SETTINGS: Readonly<Record<RuledOption, SettingKey>> = {
  storageClass: 's3.storage_class',
  serverSideEncryption: 's3.server_side_encryption',
  kmsKeyId: 's3.kms_key_id',
  customerKey: 's3.sse_customer_key',
  acl: 's3.acl',
  cacheControl: 's3.cache_control',
  retentionMode: 's3.object_lock_mode',
  retentionSeconds: 's3.object_lock_retention',
  legalHold: 's3.object_lock_legal_hold',
  tags: 's3.tags',
  metadata: 's3.metadata',
  checksum: 's3.checksum',
  requesterPays: 's3.requester_pays',
  forcePathStyle: 'aws.force_path_style',
};

/** Takes the options for storing objects from the settings. */
export function objectOptions({ s3 }: Pick<Settings, 's3'>): ObjectOptions {
  return {
    storageClass: s3.storage_class,
    serverSideEncryption: s3.server_side_encryption,
    kmsKeyId: s3.kms_key_id,
    customerKey: s3.sse_customer_key,
    acl: s3.acl,
    cacheControl: s3.cache_control,
    retentionMode: s3.object_lock_mode,
    retentionSeconds: s3.object_lock_retention,
    legalHold: s3.object_lock_legal_hold,
    tags: s3.tags,
    metadata: s3.metadata,
  };
}
