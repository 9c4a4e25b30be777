import { createHash } from 'node:crypto';
import type { ResolvedOptions } from '../backup/resolve-options.ts';
import { namesOf } from '../source/sources.ts';

/**
 * Hashes the settings that decide which files a run takes, and what becomes of them: shards with other settings would not do the
 * work of one run. How the store is reached, speed, logs and reports may differ between machines. No secret is part of it.
 */
export function settingsHash(options: ResolvedOptions): string {
  const { object: { customerKey, ...object } = {} } = options;
  const settings = {
    source: namesOf(options.roots),
    bucket: options.bucket,
    prefix: options.prefix,
    object: { ...object, hasCustomerKey: customerKey !== undefined },
    fileExtensions: options.fileExtensions,
    include: options.include,
    exclude: options.exclude,
    includeFrom: options.includeFrom,
    excludeFrom: options.excludeFrom,
    ignoreFile: options.ignoreFile,
    excludeIfPresent: options.excludeIfPresent,
    minSizeBytes: options.minSizeBytes,
    maxSizeBytes: options.maxSizeBytes,
    minAgeSeconds: options.minAgeSeconds,
    maxAgeSeconds: options.maxAgeSeconds,
    links: options.links,
    oneFileSystem: options.oneFileSystem,
    compare: options.compare,
    overwrite: options.overwrite,
    verify: options.verify,
    requireProof: options.requireProof,
    onChange: options.onChange,
    checksum: options.checksum,
    deleteAfterUpload: options.deleteAfterUpload,
    deleteHardLinks: options.deleteHardLinks,
    deleteOpenFiles: options.deleteOpenFiles,
    removeEmptyDirectories: options.removeEmptyDirectories,
  };
  return createHash('sha256').update(JSON.stringify(settings, sorted)).digest('hex');
}

/** Brings the fields of an object into one order, whatever the order in which a configuration has them. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
