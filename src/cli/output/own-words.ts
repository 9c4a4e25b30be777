import type { BackupError, FatalCode } from '../../core/errors.ts';

/**
 * Names by which users of the command line set the options that the library's hints name. A test compares these options with
 * the hints. Each is named by its most common form: the flag, or the setting.
 */
export const FLAG_OR_SETTING: Readonly<Record<string, string>> = {
  accessKeyId: 'aws.access_key_id (or its file, or AWS_ACCESS_KEY_ID; `s3-backup status` shows which)',
  bucket: 's3.bucket_name',
  caBundle: 'aws.ca_bundle (AWS_CA_BUNDLE)',
  credentials: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  dryRun: '--dry-run',
  endpointUrl: 'aws.endpoint_url',
  include: '--include',
  lock: 'safety.lock: machine (--no-lease for a shard)',
  manifest: 'report.manifest',
  maxDelete: '--max-delete',
  maxDurationSeconds: '--max-duration',
  maxOutageSeconds: '--max-outage',
  maxTransferBytes: '--max-transfer',
  prefix: 's3.prefix',
  profile: 'aws.profile',
  region: 'aws.region (AWS_REGION)',
  run: '--run',
  secretAccessKey:
    'aws.secret_access_key (or its file, or AWS_SECRET_ACCESS_KEY; `s3-backup status` shows which)',
  source: 'backup.source_directory (--source)',
  to: '--to',
  versionAt: '--version-at',
  waitSeconds: '--wait DURATION',
};

/** Hints for codes about which the command line can say more than the library, which knows no commands. */
const BY_CODE: Partial<Record<FatalCode, string>> = {
  RUN_NOT_FOUND:
    '`s3-backup runs` lists the stored manifests; a run stores one if report.manifest is true, or with --manifest.',
  NOTHING_TO_VERIFY:
    'Check the pattern, the exclusions, s3.prefix and the source, or what --against or --run names.',
};

/** Returns the hint of an error in the words of the command line; undefined if it has none. */
export function hintOf({ code, hint }: Pick<BackupError, 'code' | 'hint'>): string | undefined {
  return BY_CODE[code] ?? hint?.replace(/`(\w+)`/g, (name, option) => FLAG_OR_SETTING[option] ?? name);
}
