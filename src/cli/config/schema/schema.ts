import * as v from 'valibot';
import { awsSchema } from './schema-aws.ts';
import { backupSchema } from './schema-backup.ts';
import { hooksSchema } from './schema-hooks.ts';
import { loggingSchema } from './schema-logging.ts';
import { notifySchema } from './schema-notify.ts';
import { reportSchema } from './schema-report.ts';
import { s3Schema } from './schema-s3.ts';
import { safetySchema } from './schema-safety.ts';
import { transferSchema } from './schema-transfer.ts';

/** The schema of all settings: every section and key with its type, limits and default. */
export const settingsSchema = v.strictObject({
  aws: awsSchema,
  s3: s3Schema,
  backup: backupSchema,
  safety: safetySchema,
  transfer: transferSchema,
  logging: loggingSchema,
  report: reportSchema,
  hooks: hooksSchema,
  notify: notifySchema,
});

/** Valid settings. Sizes are bytes, durations seconds, `max_log_size_mb` MiB; paths are absolute. */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** `aws.region`, `s3.bucket_name`, ... */
export type SettingKey = {
  [S in keyof Settings]: `${S}.${keyof Settings[S] & string}`;
}[keyof Settings];
