import { S3Error } from './errors.ts';
import type { Operation } from './operations.ts';
import type { S3Request } from './request.ts';

/** Query parameters that name a subresource, so that a request is not about the content of a bucket or object. */
const SUBRESOURCES = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
] as const;

type Subresource = (typeof SUBRESOURCES)[number] | '';

interface Routes {
  readonly [method: string]: Readonly<Partial<Record<Subresource, Operation>>>;
}

const BUCKET_ROUTES: Routes = {
  GET: {
    '': 'ListObjects',
    cors: 'GetBucketCors',
    encryption: 'GetBucketEncryption',
    lifecycle: 'GetBucketLifecycleConfiguration',
    location: 'GetBucketLocation',
    'object-lock': 'GetObjectLockConfiguration',
    ownershipControls: 'GetBucketOwnershipControls',
    policy: 'GetBucketPolicy',
    publicAccessBlock: 'GetPublicAccessBlock',
    session: 'CreateSession',
    tagging: 'GetBucketTagging',
    uploads: 'ListMultipartUploads',
    versioning: 'GetBucketVersioning',
    versions: 'ListObjectVersions',
  },
  PUT: {
    '': 'CreateBucket',
    cors: 'PutBucketCors',
    encryption: 'PutBucketEncryption',
    lifecycle: 'PutBucketLifecycleConfiguration',
    'object-lock': 'PutObjectLockConfiguration',
    ownershipControls: 'PutBucketOwnershipControls',
    policy: 'PutBucketPolicy',
    publicAccessBlock: 'PutPublicAccessBlock',
    tagging: 'PutBucketTagging',
    versioning: 'PutBucketVersioning',
  },
  DELETE: {
    '': 'DeleteBucket',
    cors: 'DeleteBucketCors',
    encryption: 'DeleteBucketEncryption',
    lifecycle: 'DeleteBucketLifecycle',
    ownershipControls: 'DeleteBucketOwnershipControls',
    policy: 'DeleteBucketPolicy',
    publicAccessBlock: 'DeletePublicAccessBlock',
    tagging: 'DeleteBucketTagging',
  },
  HEAD: { '': 'HeadBucket' },
  POST: { delete: 'DeleteObjects' },
};

const OBJECT_ROUTES: Routes = {
  GET: {
    '': 'GetObject',
    attributes: 'GetObjectAttributes',
    'legal-hold': 'GetObjectLegalHold',
    retention: 'GetObjectRetention',
    tagging: 'GetObjectTagging',
    uploadId: 'ListParts',
  },
  PUT: {
    '': 'PutObject',
    'legal-hold': 'PutObjectLegalHold',
    retention: 'PutObjectRetention',
    tagging: 'PutObjectTagging',
    uploadId: 'UploadPart',
  },
  DELETE: { '': 'DeleteObject', tagging: 'DeleteObjectTagging', uploadId: 'AbortMultipartUpload' },
  HEAD: { '': 'HeadObject' },
  POST: {
    restore: 'RestoreObject',
    uploadId: 'CompleteMultipartUpload',
    uploads: 'CreateMultipartUpload',
  },
};

const BY_COPY: Readonly<Partial<Record<Operation, Operation>>> = {
  PutObject: 'CopyObject',
  UploadPart: 'UploadPartCopy',
};

/**
 * Determines the operation of a request.
 *
 * @throws {S3Error} NotImplemented for a subresource that this endpoint lacks; MethodNotAllowed for a method that S3 does not
 * have.
 */
export function route(request: S3Request): Operation {
  const { bucket, key, method, query } = request;
  if (bucket === undefined) {
    if (method === 'GET') return 'ListBuckets';
    throw new S3Error('MethodNotAllowed');
  }
  const subresource = SUBRESOURCES.find((name) => query.has(name)) ?? '';
  const operation = (key === undefined ? BUCKET_ROUTES : OBJECT_ROUTES)[method]?.[subresource];
  if (operation === undefined) throw new S3Error(subresource === '' ? 'MethodNotAllowed' : 'NotImplemented');
  if (operation === 'ListObjects' && query.get('list-type') === '2') return 'ListObjectsV2';
  return (request.header('x-amz-copy-source') !== undefined && BY_COPY[operation]) || operation;
}
