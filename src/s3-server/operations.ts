import { restoreObject } from './archive.ts';
import {
  getBucketEncryption,
  getBucketVersioning,
  getObjectLockConfiguration,
  putBucketVersioning,
  putObjectLockConfiguration,
  storedDocument,
} from './bucket-configuration.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { copyObject, uploadPartCopy } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-object.ts';
import { createSession } from './directory-bucket.ts';
import type { Handler } from './exchange.ts';
import { getObject } from './get-object.ts';
import { listMultipartUploads, listParts } from './list-multipart.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listObjectVersions } from './list-versions.ts';
import { abortMultipartUpload, createMultipartUpload } from './multipart-upload.ts';
import { getObjectAttributes } from './object-attributes.ts';
import {
  deleteObjectTagging,
  getObjectLegalHold,
  getObjectRetention,
  getObjectTagging,
  putObjectLegalHold,
  putObjectRetention,
  putObjectTagging,
} from './object-subresources.ts';
import { putObject } from './put-object.ts';
import { uploadPart } from './upload-part.ts';

const cors = storedDocument({
  subresource: 'cors',
  root: 'CORSConfiguration',
  missing: 'NoSuchCORSConfiguration',
});
const encryption = storedDocument({
  subresource: 'encryption',
  root: 'ServerSideEncryptionConfiguration',
  missing: 'ServerSideEncryptionConfigurationNotFoundError',
});
const lifecycle = storedDocument({
  subresource: 'lifecycle',
  root: 'LifecycleConfiguration',
  missing: 'NoSuchLifecycleConfiguration',
});
const ownership = storedDocument({
  subresource: 'ownershipControls',
  root: 'OwnershipControls',
  missing: 'OwnershipControlsNotFoundError',
});
const policy = storedDocument({ subresource: 'policy', root: undefined, missing: 'NoSuchBucketPolicy' });
const publicAccess = storedDocument({
  subresource: 'publicAccessBlock',
  root: 'PublicAccessBlockConfiguration',
  missing: 'NoSuchPublicAccessBlockConfiguration',
});
const tagging = storedDocument({ subresource: 'tagging', root: 'Tagging', missing: 'NoSuchTagSet' });

/** Every operation that this endpoint performs, by its name in the S3 API. */
export const OPERATIONS = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  CreateSession: createSession,
  DeleteBucket: deleteBucket,
  DeleteBucketCors: cors.remove,
  DeleteBucketEncryption: encryption.remove,
  DeleteBucketLifecycle: lifecycle.remove,
  DeleteBucketOwnershipControls: ownership.remove,
  DeleteBucketPolicy: policy.remove,
  DeleteBucketTagging: tagging.remove,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  DeleteObjectTagging: deleteObjectTagging,
  DeletePublicAccessBlock: publicAccess.remove,
  GetBucketCors: cors.get,
  GetBucketEncryption: getBucketEncryption,
  GetBucketLifecycleConfiguration: lifecycle.get,
  GetBucketLocation: getBucketLocation,
  GetBucketOwnershipControls: ownership.get,
  GetBucketPolicy: policy.get,
  GetBucketTagging: tagging.get,
  GetBucketVersioning: getBucketVersioning,
  GetObject: getObject,
  GetObjectAttributes: getObjectAttributes,
  GetObjectLegalHold: getObjectLegalHold,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  GetObjectRetention: getObjectRetention,
  GetObjectTagging: getObjectTagging,
  GetPublicAccessBlock: publicAccess.get,
  HeadBucket: headBucket,
  HeadObject: getObject,
  ListBuckets: listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListParts: listParts,
  PutBucketCors: cors.put,
  PutBucketEncryption: encryption.put,
  PutBucketLifecycleConfiguration: lifecycle.put,
  PutBucketOwnershipControls: ownership.put,
  PutBucketPolicy: policy.put,
  PutBucketTagging: tagging.put,
  PutBucketVersioning: putBucketVersioning,
  PutObject: putObject,
  PutObjectLegalHold: putObjectLegalHold,
  PutObjectLockConfiguration: putObjectLockConfiguration,
  PutObjectRetention: putObjectRetention,
  PutObjectTagging: putObjectTagging,
  PutPublicAccessBlock: publicAccess.put,
  RestoreObject: restoreObject,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
} as const satisfies Record<string, Handler>;

/** Name of an operation in the S3 API. */
export type Operation = keyof typeof OPERATIONS;
