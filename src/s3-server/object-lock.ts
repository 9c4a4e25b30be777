import type { Bucket } from './bucket.ts';
import { hasBodyDigest } from './digests.ts';
import { S3Error } from './errors.ts';
import type { ObjectLock, ObjectVersion } from './model.ts';
import type { S3Request } from './request.ts';
import { parseXml, textOf } from './xml-read.ts';

const DAY_MS = 86_400_000;

/** @throws {S3Error} MalformedXML. */
export function parseLockMode(mode: string | undefined): 'GOVERNANCE' | 'COMPLIANCE' | undefined {
  if (mode === undefined || mode === 'GOVERNANCE' || mode === 'COMPLIANCE') return mode;
  throw new S3Error('InvalidArgument', 'Unknown wormMode directive.');
}

/** @throws {S3Error} InvalidArgument. */
export function parseLegalHold(status: string | undefined): 'ON' | 'OFF' | undefined {
  if (status === undefined || status === 'ON' || status === 'OFF') return status;
  throw new S3Error('InvalidArgument', 'Legal Hold must be either of ON or OFF');
}

/** An instant of the future in milliseconds. @throws {S3Error} InvalidArgument. */
export function parseRetainUntil(date: string | undefined): number | undefined {
  if (date === undefined) return undefined;
  const instant = Date.parse(date);
  if (!(instant > Date.now()))
    throw new S3Error('InvalidArgument', 'The retain until date must be in the future!');
  return instant;
}

function defaultRetention(bucket: Bucket): ObjectLock {
  const source = bucket.settings.documents['object-lock'];
  if (source === undefined) return {};
  const root = parseXml(source, 'ObjectLockConfiguration');
  const path = ['Rule', 'DefaultRetention'];
  const days = Number(textOf(root, ...path, 'Days') ?? 0) + 365 * Number(textOf(root, ...path, 'Years') ?? 0);
  const mode = parseLockMode(textOf(root, ...path, 'Mode'));
  return mode === undefined || days === 0 ? {} : { mode, retainUntil: Date.now() + days * DAY_MS };
}

/**
 * The lock of a new object: the request's, else the bucket's default retention.
 *
 * @param needsDigest whether S3 insists on a digest of the body for a locked object, as it does for
 * PutObject.
 * @throws {S3Error} InvalidRequest in a bucket without Object Lock, or when the digest is missing.
 */
export function readObjectLock(request: S3Request, bucket: Bucket, needsDigest: boolean): ObjectLock {
  const mode = parseLockMode(request.header('x-amz-object-lock-mode'));
  const retainUntil = parseRetainUntil(request.header('x-amz-object-lock-retain-until-date'));
  const legalHold = parseLegalHold(request.header('x-amz-object-lock-legal-hold'));
  const asked = mode ?? retainUntil ?? legalHold;
  if (asked !== undefined && !bucket.settings.objectLock) {
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  if ((mode === undefined) !== (retainUntil === undefined)) {
    throw new S3Error(
      'InvalidArgument',
      'x-amz-object-lock-mode and -retain-until-date must both be supplied',
    );
  }
  const retention = mode === undefined ? defaultRetention(bucket) : { mode, retainUntil };
  const locked = asked !== undefined || retention.mode !== undefined;
  if (locked && needsDigest && !hasBodyDigest(request)) {
    throw new S3Error(
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  }
  return legalHold === undefined ? retention : { ...retention, legalHold };
}

/** Whether governance mode is to be set aside for this request. */
export function bypassesGovernance(request: S3Request): boolean {
  return request.header('x-amz-bypass-governance-retention')?.toLowerCase() === 'true';
}

/** @throws {S3Error} AccessDenied while the version is under retention or legal hold. */
export function requireUnlocked({ lock }: ObjectVersion, bypassGovernance: boolean): void {
  const retained = (lock.retainUntil ?? 0) > Date.now() && !(lock.mode === 'GOVERNANCE' && bypassGovernance);
  if (!retained && lock.legalHold !== 'ON') return;
  throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
}
