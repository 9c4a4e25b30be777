import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectLegalHoldCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { PROBE_KEY, putAsOnePart } from './capabilities.ts';
import type { Target } from './target.ts';

/**
 * Runs a test on another bucket, which has Object Lock and is removed afterwards: no lock in it may be one that cannot be
 * set aside. Skips the test where the store has none, or does not lock what is sent in parts.
 */
export async function onLockBucket(
  t: TestContext,
  target: Target,
  run: (place: Target) => Promise<void>,
  { inParts = false } = {},
): Promise<void> {
  const { client, options } = target;
  const bucket = `s3-backup-lock-${randomUUID()}`;
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    t.skip(`this store cannot do Object Lock: ${error.$metadata.httpStatusCode} ${error.name}`);
    return;
  }
  const place = { ...target, bucket, options: { ...options, bucket } };
  try {
    if (inParts && !(await locksParts(place))) t.skip('this store ignores locks on CreateMultipartUpload');
    else await run(place);
  } finally {
    await empty(place);
  }
}

async function locksParts(place: Target): Promise<boolean> {
  const { client, bucket: Bucket, server } = place;
  if (server !== undefined) return true;
  await putAsOnePart(place, { ObjectLockLegalHoldStatus: 'ON' });
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: PROBE_KEY }));
  return head.ObjectLockLegalHoldStatus === 'ON';
}

async function empty({ client, bucket: Bucket }: Target): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  for (const { Key, VersionId } of Versions) {
    await client.send(
      new PutObjectLegalHoldCommand({ Bucket, Key, VersionId, LegalHold: { Status: 'OFF' } }),
    );
  }
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
    const BypassGovernanceRetention = true;
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention }));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}
