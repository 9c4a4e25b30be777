import type { BackupOptions } from '../../backup/options.ts';
import { BackupError } from '../../core/errors.ts';
import type { StoreOptions } from '../../s3/store-types.ts';

import type { Source } from '../../source/sources.ts';
import {
  formatOrigin,
  type LoadedConfig,
  objectOptions,
  type Settings,
  splitSource,
} from '../config/index.ts';
import { urlSecrets } from '../output/mask-url.ts';

/** The options that say where the bucket is and how it is reached. */
type Destination = Omit<StoreOptions, 'connections'> & Pick<BackupOptions, 'prefix'>;

/** A missing setting that a command needs: the message and the hint for the user. */
export interface Missing {
  readonly message: string;
  readonly hint: string;
}

const NO_BUCKET: Missing = {
  message: 'No bucket was given.',
  hint: 'Set s3.bucket_name or S3_BUCKET_NAME, or use --bucket.',
};
const NO_SOURCE: Missing = {
  message: 'No source folder was given.',
  hint: 'Set backup.source_directory or use --source.',
};
const NO_FILE =
  'No configuration file was found: `s3-backup init --wizard` asks for all that is needed, and writes one.';

/** The message that no source was given; undefined if one was. */
export function missingSource({ settings }: LoadedConfig): Missing | undefined {
  return settings.backup.source_directory === undefined ? NO_SOURCE : undefined;
}

/** The message that no bucket was given; undefined if one was. */
export function missingBucket({ settings }: LoadedConfig): Missing | undefined {
  return settings.s3.bucket_name === undefined ? NO_BUCKET : undefined;
}

/**
 * Makes sure that the chosen profile exists.
 *
 * @throws BackupError `NO_CREDENTIALS` if it does not
 */
export function requireProfile({ missingProfile, origin }: LoadedConfig): void {
  if (missingProfile === undefined) return;
  throw new BackupError('NO_CREDENTIALS', missingProfile, {
    hint: `Check ${formatOrigin(origin('aws.profile'))}.`,
  });
}

/**
 * The destination options, for a command that needs no source.
 *
 * @param more What else this command lacks, to be reported together with a missing bucket.
 * @throws BackupError `BAD_OPTION` with everything that is missing, `NO_CREDENTIALS`
 */
export function destinationOptions(config: LoadedConfig, more?: Missing): Destination {
  const missing = [more, missingBucket(config)].filter((each) => each !== undefined);
  if (missing.length > 0) {
    const message = missing.map((each) => each.message).join(' ');
    const hints = [...missing.map(({ hint }) => hint), ...(config.files.length === 0 ? [NO_FILE] : [])];
    throw new BackupError('BAD_OPTION', message, { hint: hints.join(' ') });
  }
  requireProfile(config);
  return destinationOf(config);
}

function destinationOf(config: LoadedConfig): Destination {
  const { aws, s3, transfer } = config.settings;
  return {
    bucket: s3.bucket_name ?? '',
    prefix: s3.prefix,
    endpointUrl: aws.endpoint_url,
    region: aws.region,
    profile: aws.profile,
    credentials: credentialsOf(config),
    caBundle: aws.ca_bundle,
    forcePathStyle: aws.force_path_style,
    requesterPays: s3.requester_pays,
    object: objectOptions(config.settings),
    checksum: s3.checksum,
    transport: transfer.transport,
    maxAttempts: transfer.max_attempts,
    maxOutageSeconds: transfer.max_outage,
  };
}

/**
 * Converts settings to the options of a backup.
 *
 * @throws BackupError `BAD_OPTION` with everything that is missing, `NO_CREDENTIALS`
 */
export function backupOptions(config: LoadedConfig): BackupOptions {
  destinationOptions(config, missingSource(config));
  return optionsEvenIfIncomplete(config);
}

/**
 * Converts settings to the options of a backup even if the source or the bucket is missing, which is then an empty string: for
 * `status`, which checks as much as it can.
 */
export function optionsEvenIfIncomplete(config: LoadedConfig): BackupOptions {
  const { backup, safety, transfer, report } = config.settings;
  return {
    ...destinationOf(config),
    source: sourcesOf(backup.source_directory ?? ''),
    fileExtensions: backup.file_extensions,
    include: backup.include_patterns,
    exclude: backup.exclude_patterns,
    includeFrom: backup.include_from,
    excludeFrom: backup.exclude_from,
    ignoreFile: backup.ignore_file,
    excludeIfPresent: backup.exclude_if_present,
    minSizeBytes: backup.min_size,
    maxSizeBytes: backup.max_size,
    minAgeSeconds: backup.min_age,
    maxAgeSeconds: backup.max_age,
    compare: backup.compare,
    deleteAfterUpload: backup.delete_after_upload,
    removeEmptyDirectories: backup.remove_empty_directories,
    overwrite: safety.overwrite,
    verify: safety.verify,
    requireProof: safety.require_proof,
    onChange: safety.on_change,
    links: safety.links,
    oneFileSystem: safety.one_file_system,
    deleteHardLinks: safety.delete_hard_links,
    deleteOpenFiles: safety.delete_open_files,
    failIfEmpty: safety.fail_if_empty,
    maxDelete: safety.max_delete,
    keyFolding: safety.key_folding,
    lock: safety.lock,
    waitSeconds: safety.wait,
    concurrency: transfer.concurrency,
    partSizeBytes: transfer.part_size,
    memoryBytes: transfer.memory,
    wholeMd5: transfer.whole_md5,
    resume: transfer.resume,
    signPayload: transfer.sign_payload,
    maxTransferBytes: transfer.max_transfer,
    maxDurationSeconds: transfer.max_duration,
    processes: transfer.processes,
    manifest: report.manifest,
    exitCodes: report.exit_codes,
  };
}

/**
 * Converts the configured sources to the library's form. A single folder without a prefix stays a string: the name of the
 * folder is then not in its keys.
 */
export function sourcesOf(given: string | readonly string[]): string | readonly Source[] {
  const sources = [given].flat().map(splitSource);
  const [first] = sources;
  return sources.length === 1 && first?.prefix === undefined ? (first?.folder ?? '') : sources;
}

function credentialsOf({ settings: { aws }, usesProfile }: LoadedConfig): BackupOptions['credentials'] {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = aws;
  if (!accessKeyId || !secretAccessKey || usesProfile) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken };
}

const SECRET_HEADER = /auth|token|key|secret|cookie|password/i;

/** `Authorization: Bearer abc` has the secret `abc`. */
function secretsOfHeader([name, value]: readonly [string, string]): string[] {
  return SECRET_HEADER.test(name) ? [value, ...value.split(' ')] : [];
}

/** The secrets of the settings, which must never be printed. */
export function secretsOf({ aws, s3, notify }: Settings): string[] {
  const secrets = [aws.secret_access_key, aws.session_token, s3.sse_customer_key];
  const urls = [notify.ping_url, ...notify.webhooks.map(({ url }) => url)];
  return [
    ...secrets.filter((secret) => secret !== undefined),
    ...urls.flatMap((url) => (url === undefined ? [] : urlSecrets(url))),
    ...notify.webhooks.flatMap(({ headers = {} }) => Object.entries(headers).flatMap(secretsOfHeader)),
  ];
}
