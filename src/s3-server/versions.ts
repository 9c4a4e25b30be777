import { randomUUID } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import { S3Error } from './errors.ts';
import type { BucketSettings, ObjectVersion } from './model.ts';

/** Id of versions that were written while versioning was not enabled. */
export const NULL_VERSION = 'null';

/** Makes the id for a new version. */
export function newVersionId({ versioning }: BucketSettings): string {
  return versioning === 'Enabled' ? randomUUID().replaceAll('-', '') : NULL_VERSION;
}

/** The `x-amz-version-id` header; without a value in a bucket that never had versioning. */
export function versionHeader(
  { versioning }: BucketSettings,
  versionId: string,
): Record<string, string | undefined> {
  return { 'x-amz-version-id': versioning === undefined ? undefined : versionId };
}

/**
 * Looks up the version of an object that a request is about.
 *
 * @param versionId Undefined for the newest version.
 * @throws {S3Error} NoSuchKey, NoSuchVersion; MethodNotAllowed if `versionId` is that of a delete marker.
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
