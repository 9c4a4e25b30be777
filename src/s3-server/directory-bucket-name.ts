import type { S3Request } from './request.ts';

/** Whether a name is that of a directory bucket. */
export function isDirectoryBucket(name: string | undefined): boolean {
  return name?.endsWith('--x-s3') ?? false;
}

/** The service that a request is signed for. */
export function serviceOf({ bucket }: S3Request): string {
  return isDirectoryBucket(bucket) ? 's3express' : 's3';
}
