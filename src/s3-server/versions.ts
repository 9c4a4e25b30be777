import { randomUUID } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import { S3Error } from './errors.ts';
import type { BucketSettings, ObjectVersion } from './model.ts';

/** The id of versions written without versioning. */
export const NULL_VERSION = 'null';

/** The id for a version that is about to be written. */
export function newVersionId({ versioning }: BucketSettings): string {
  return versioning === 'Enabled' ? randomUUID().replaceAll('-', '') : NULL_VERSION;
}

/** The `x-amz-version-id` header, which buckets that never had versioning leave out. */
export function versionHeader(
  { versioning }: BucketSettings,
  versionId: string,
): Record<string, string | undefined> {
  return { 'x-amz-version-id': versioning === undefined ? undefined : versionId };
}

/**
 * The version that a request at an object means.
 *
 * @throws {S3Error} NoSuchKey, NoSuchVersion; MethodNotAllowed for a delete marker asked for by its id.
 */
export function requireVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  const version =
    versionId === undefined
      ? bucket.index.newest(key)
      : bucket.index.versionsOf(key).find((candidate) => candidate.versionId === versionId);
  if (version !== undefined && !version.deleteMarker) return version;
  const elements = { Key: key };
  if (version === undefined) {
    throw new S3Error(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion', undefined, { elements });
  }
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
  throw new S3Error(versionId === undefined ? 'NoSuchKey' : 'MethodNotAllowed', undefined, {
    elements,
    headers,
  });
}
