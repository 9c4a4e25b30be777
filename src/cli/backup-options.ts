import { BackupError } from '../errors.ts';
import type { BackupOptions } from '../options.ts';
import type { LoadedConfig, Settings } from './config/index.ts';

/**
 * The library's options from the settings.
 *
 * @throws BackupError `BAD_OPTION` where a needed setting is missing
 */
export function backupOptions(config: LoadedConfig): BackupOptions {
  const source = config.settings.backup.source_directory;
  if (source === undefined) {
    throw new BackupError('BAD_OPTION', 'No source folder is named.', {
      hint: 'Set backup.source_directory or --source. `s3-backup init` writes a sample configuration.',
    });
  }
  return { ...storeOptions(config), source };
}

/**
 * ... without a source, for commands that need none.
 *
 * @throws BackupError `BAD_OPTION` where no bucket is named
 */
export function storeOptions(config: LoadedConfig): Omit<BackupOptions, 'source'> {
  const { aws, s3, backup, safety, transfer, report } = config.settings;
  if (s3.bucket_name === undefined) {
    throw new BackupError('BAD_OPTION', 'No bucket is named.', {
      hint: 'Set s3.bucket_name, S3_BUCKET_NAME or --bucket.',
    });
  }
  return {
    bucket: s3.bucket_name,
    prefix: s3.prefix,
    endpointUrl: aws.endpoint_url,
    region: aws.region,
    profile: aws.profile,
    credentials: credentialsOf(config),
    forcePathStyle: aws.force_path_style,
    object: {
      storageClass: s3.storage_class,
      serverSideEncryption: s3.server_side_encryption,
      kmsKeyId: s3.kms_key_id,
      tags: s3.tags,
      metadata: s3.metadata,
    },
    fileExtensions: backup.file_extensions,
    include: backup.include_patterns,
    exclude: backup.exclude_patterns,
    minAgeSeconds: backup.min_age,
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
    keyFolding: safety.key_folding,
    waitSeconds: safety.wait,
    concurrency: transfer.concurrency,
    partSizeBytes: transfer.part_size,
    memoryBytes: transfer.memory,
    transport: transfer.transport,
    wholeMd5: transfer.whole_md5,
    signPayload: transfer.sign_payload,
    maxAttempts: transfer.max_attempts,
    processes: transfer.processes,
    manifest: report.manifest,
  };
}

/** A profile that was typed is meant, even where the environment has keys as well. */
function credentialsOf({ settings: { aws }, origin }: LoadedConfig): BackupOptions['credentials'] {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = aws;
  if (!accessKeyId || !secretAccessKey || origin('aws.profile').kind === 'flag') return undefined;
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** What must never be printed. */
export function secretsOf({ aws }: Settings): string[] {
  return [aws.secret_access_key, aws.session_token].filter((secret) => secret !== undefined);
}
