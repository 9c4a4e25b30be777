import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectOptions } from '../../../../src/s3/object-options.ts';
import type { Target } from './target.ts';

/** Made by the probes and removed by them. */
export const PROBE_KEY = 'capability-probe';
const Key = PROBE_KEY;
const WRONG_ETAG = `"${'0'.repeat(32)}"`;

/** The key that SSE-KMS is asked for; a real store names its own in S3_TEST_KMS_KEY. */
export const KMS: ObjectOptions = {
  serverSideEncryption: 'aws:kms',
  kmsKeyId: process.env.S3_TEST_KMS_KEY || 'testkey-1',
};

/** A key for SSE-C, as the independent client wants it. */
export const CUSTOMER_KEY = {
  SSECustomerAlgorithm: 'AES256',
  SSECustomerKey: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
} as const;

/**
 * What AWS does and not every store: each is found out by trying it with the independent client. The embedded endpoint
 * is not asked, since it must be able to do all of it.
 */
const PROBES = {
  'If-None-Match on PutObject': async (target: Target) => {
    await put(target);
    return isRefused(put(target, { IfNoneMatch: '*' }));
  },
  'If-Match on PutObject': async (target: Target) => {
    const { ETag } = await put(target);
    await put(target, { IfMatch: ETag });
    return isRefused(put(target, { IfMatch: WRONG_ETAG }));
  },
  'conditions on CompleteMultipartUpload': async (target: Target) => {
    await put(target);
    return isRefused(putAsOnePart(target, {}, { IfNoneMatch: '*' }));
  },
  'SSE-KMS': async (target: Target) => {
    await put(target, { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KMS.kmsKeyId });
    return true;
  },
  'SSE-S3': async (target: Target) => {
    await put(target, { ServerSideEncryption: 'AES256' });
    return (await head(target)).ServerSideEncryption === 'AES256';
  },
  'SSE-C': async (target: Target) => {
    await put(target, CUSTOMER_KEY);
    return (await head(target, CUSTOMER_KEY)).SSECustomerAlgorithm === 'AES256';
  },
  STANDARD_IA: async (target: Target) => {
    await put(target, { StorageClass: 'STANDARD_IA' });
    return true;
  },
  'storage classes of unfinished uploads': async ({ client, bucket: Bucket }: Target) => {
    const begun = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, StorageClass: 'STANDARD_IA' }),
    );
    const upload = { Bucket, Key, UploadId: begun.UploadId };
    const { StorageClass } = await client.send(new ListPartsCommand(upload));
    await client.send(new AbortMultipartUploadCommand(upload));
    return StorageClass === 'STANDARD_IA';
  },
  'tags on PutObject': async (target: Target) => {
    await put(target, { Tagging: 'a=b' });
    return hasTags(target);
  },
  'tags on CreateMultipartUpload': async (target: Target) => {
    await putAsOnePart(target, { Tagging: 'a=b' });
    return hasTags(target);
  },
  crc32: async (target: Target) => keeps(target, 'CRC32'),
  crc32c: async (target: Target) => keeps(target, 'CRC32C'),
  crc64nvme: async (target: Target) => keeps(target, 'CRC64NVME'),
  sha256: async (target: Target) => keeps(target, 'SHA256'),
  /** The bucket is versioned from then on. */
  versions: async ({ client, bucket: Bucket }: Target) => {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    return true;
  },
  'sizes of parts': async (target: Target) => {
    const { client, bucket: Bucket } = target;
    await putAsOnePart(target);
    const command = new HeadObjectCommand({ Bucket, Key, PartNumber: 1 });
    return (await client.send(command)).PartsCount !== undefined;
  },
  'access control lists': async (target: Target) => {
    await put(target, { ACL: 'public-read' });
    return (await everybodysPermissions(target, Key)).includes('READ');
  },
  'bucket policies': async (target: Target) => {
    await denyBelow(target, Key);
    const isEnforced = await isRefused(put(target), 'AccessDenied');
    await target.client.send(new DeleteBucketPolicyCommand({ Bucket: target.bucket }));
    return isEnforced;
  },
} satisfies Record<string, (target: Target) => Promise<boolean>>;

export type Capability = keyof typeof PROBES;

/** Why a test that needs this cannot be run on the store; undefined where it can. */
export async function whyLacking(target: Target, capability: Capability): Promise<string | undefined> {
  const { server, client, bucket: Bucket } = target;
  if (server !== undefined) {
    if (capability === 'versions') await PROBES.versions(target);
    return undefined;
  }
  try {
    return (await PROBES[capability](target)) ? undefined : `this store ignores ${capability}`;
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return `this store cannot do ${capability}: ${error.$metadata.httpStatusCode} ${error.name}`;
  } finally {
    if (capability !== 'versions') await client.send(new DeleteObjectCommand({ Bucket, Key }));
  }
}

/** Forbids everybody to read and write below a prefix. Not enforced by the embedded endpoint. */
export async function denyBelow({ client, bucket: Bucket }: Target, prefix: string): Promise<void> {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: `arn:aws:s3:::${Bucket}/${prefix}*`,
      },
    ],
  });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

function put({ client, bucket: Bucket }: Target, more: Partial<PutObjectCommandInput> = {}) {
  return client.send(new PutObjectCommand({ Bucket, Key, Body: '', ...more }));
}

function head({ client, bucket: Bucket }: Target, more: Partial<HeadObjectCommandInput> = {}) {
  return client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', ...more }));
}

async function keeps(target: Target, algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA256') {
  await put(target, { Body: 'x', ChecksumAlgorithm: algorithm });
  return (await head(target))[`Checksum${algorithm}`] !== undefined;
}

/** What an object's access control list grants to everybody. */
export async function everybodysPermissions(
  { client, bucket: Bucket }: Target,
  key: string,
): Promise<(string | undefined)[]> {
  const { Grants = [] } = await client.send(new GetObjectAclCommand({ Bucket, Key: key }));
  const everybody = Grants.filter(({ Grantee }) => Grantee?.URI?.endsWith('/global/AllUsers'));
  return everybody.map(({ Permission }) => Permission);
}

async function hasTags({ client, bucket: Bucket }: Target): Promise<boolean> {
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
  return TagSet.length > 0;
}

/** Uploads an object as a multipart upload of one part. */
export async function putAsOnePart(
  { client, bucket: Bucket }: Target,
  object: Partial<CreateMultipartUploadCommandInput> = {},
  condition: Partial<CompleteMultipartUploadCommandInput> = {},
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...object }));
  const upload = { Bucket, Key, UploadId };
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  try {
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, ...condition }));
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload));
    throw error;
  }
}

async function isRefused(call: Promise<unknown>, code = 'PreconditionFailed'): Promise<boolean> {
  try {
    await call;
    return false;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === code) return true;
    throw error;
  }
}
