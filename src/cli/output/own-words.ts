import type { BackupError, FatalCode } from '../../core/errors.ts';

/**
 * How people set the options that hints of the library name. A test compares these names with the hints. The words are those
 * of the place where most people set the option: the flag, or the setting.
 */
export const IN_OWN_WORDS: Readonly<Record<string, string>> = {
  accessKeyId: 'aws.access_key_id',
  bucket: 's3.bucket_name',
  caBundle: 'aws.ca_bundle (AWS_CA_BUNDLE)',
  credentials: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  dryRun: '--dry-run',
  endpointUrl: 'aws.endpoint_url',
  include: '--include',
  manifest: 'report.manifest',
  maxDelete: '--max-delete',
  maxOutageSeconds: '--max-outage',
  prefix: 's3.prefix',
  profile: 'aws.profile',
  region: 'aws.region (AWS_REGION)',
  run: '--run',
  secretAccessKey: 'aws.secret_access_key',
  source: 'backup.source_directory (--source)',
  to: '--to',
  versionAt: '--version-at',
  waitSeconds: '--wait DURATION',
};

/** Hints for codes on which the command line can say more than the library, which knows no commands. */
const BY_CODE: Partial<Record<FatalCode, string>> = {
  RUN_NOT_FOUND: '`s3-backup runs` lists them; a run stores one with report.manifest: true, or --manifest.',
  NOTHING_TO_VERIFY:
    'Check the pattern, what is excluded, s3.prefix and the source; or what --against or --run names.',
};

/** The hint of an error in the words of the command line; undefined if it has none. */
export function hintOf({ code, hint }: Pick<BackupError, 'code' | 'hint'>): string | undefined {
  return BY_CODE[code] ?? hint?.replace(/`(\w+)`/g, (name, option) => IN_OWN_WORDS[option] ?? name);
}
