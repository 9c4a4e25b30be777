import type { Bucket } from './bucket.ts';
import { hasBodyDigest } from './digests.ts';
import { S3Error } from './errors.ts';
import type { ObjectLock, ObjectVersion } from './model.ts';
import type { S3Request } from './request.ts';
import { parseXml, textOf } from './xml-read.ts';

const DAY_MS = 86_400_000;

/** Parses a retention mode. @throws {S3Error} InvalidArgument. */
export function parseLockMode(mode: string | undefined): 'GOVERNANCE' | 'COMPLIANCE' | undefined {
  if (mode === undefined || mode === 'GOVERNANCE' || mode === 'COMPLIANCE') return mode;
  throw new S3Error('InvalidArgument', 'Unknown wormMode directive.');
}

/** Parses a legal hold status. @throws {S3Error} InvalidArgument. */
export function parseLegalHold(status: string | undefined): 'ON' | 'OFF' | undefined {
  if (status === undefined || status === 'ON' || status === 'OFF') return status;
  throw new S3Error('InvalidArgument', 'Legal Hold must be either of ON or OFF');
}

/** Parses the end of a retention into milliseconds since 1970. @throws {S3Error} InvalidArgument if it is not in the future. */
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
 * Determines the lock of a new object: that of the request, else the bucket's default retention.
 *
 * @param needsDigest whether S3 requires a digest of the body if the object is locked, as it does for PutObject.
 * @throws {S3Error} InvalidRequest if the bucket has no Object Lock or the digest is missing; InvalidArgument for bad headers.
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

/** Whether a request may ignore a retention in governance mode (`x-amz-bypass-governance-retention`). */
export function bypassesGovernance(request: S3Request): boolean {
  return request.header('x-amz-bypass-governance-retention')?.toLowerCase() === 'true';
}

/** Makes sure that a version may be deleted. @throws {S3Error} AccessDenied if it is under retention or legal hold. */
export function requireUnlocked({ lock }: ObjectVersion, bypassGovernance: boolean): void {
  const retained = (lock.retainUntil ?? 0) > Date.now() && !(lock.mode === 'GOVERNANCE' && bypassGovernance);
  if (!retained && lock.legalHold !== 'ON') return;
  throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
}
