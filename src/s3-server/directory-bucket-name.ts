import type { S3Request } from './request.ts';

/** Whether a bucket's name is that of a directory bucket (S3 Express One Zone): it ends in `--x-s3`. */
export function isDirectoryBucket(name: string | undefined): boolean {
  return name?.endsWith('--x-s3') ?? false;
}

/** Name of the service in the credential scope of a request's signature. */
export function serviceOf({ bucket }: S3Request): string {
  return isDirectoryBucket(bucket) ? 's3express' : 's3';
}
