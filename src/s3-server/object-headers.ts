import type { Bucket } from './bucket.ts';
import { checksumHeader } from './checksum.ts';
import { encryptionHeaders } from './encryption.ts';
import { quoted } from './etag.ts';
import type { ObjectVersion, StoredChecksum } from './model.ts';
import type { S3Request } from './request.ts';
import { versionHeader } from './versions.ts';

const OVERRIDABLE = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const;

/** Headers that replace stored ones: from query parameters such as `response-content-type`. */
function overrides({ query }: S3Request): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of OVERRIDABLE) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function lockHeaders({ lock }: ObjectVersion): Record<string, string | undefined> {
  return {
    'x-amz-object-lock-mode': lock.mode,
    'x-amz-object-lock-retain-until-date':
      lock.retainUntil === undefined ? undefined : new Date(lock.retainUntil).toISOString(),
    'x-amz-object-lock-legal-hold': lock.legalHold,
  };
}

/** Response headers with an object's stored checksum. */
export function checksumHeaders(checksum: StoredChecksum | undefined): Record<string, string | undefined> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/**
 * Response headers of GetObject and HeadObject, without those about a range.
 *
 * @param whole whether the answer is about the whole object: with a range S3 sends no checksum.
 */
export function objectHeaders(
  request: S3Request,
  bucket: Bucket,
  version: ObjectVersion,
  whole: boolean,
): Record<string, string | undefined> {
  const metadata = Object.entries(version.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const wantsChecksum = whole && request.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    'content-type': 'binary/octet-stream',
    ...version.headers,
    ...overrides(request),
    ...Object.fromEntries(metadata),
    etag: quoted(version.etag),
    'last-modified': new Date(version.modified).toUTCString(),
    'accept-ranges': 'bytes',
    'x-amz-storage-class': version.storageClass === 'STANDARD' ? undefined : version.storageClass,
    'x-amz-tagging-count': version.tags.length === 0 ? undefined : `${version.tags.length}`,
    ...(wantsChecksum ? checksumHeaders(version.checksum) : {}),
    ...encryptionHeaders(version.encryption),
    ...lockHeaders(version),
    ...versionHeader(bucket.settings, version.versionId),
  };
}
