/**
 * Pattern of the names of directory buckets (S3 Express One Zone) and of access points to them
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html).
 */
const DIRECTORY_BUCKET = /--xa?-s3$/;

/**
 * Whether a bucket is a directory bucket. Directory buckets list keys in no order, cannot begin a listing after a key,
 * make ETags that are no MD5, take no Content-MD5, and are used in sessions that the SDK opens
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html).
 */
export function isDirectoryBucket(bucket: string): boolean {
  return DIRECTORY_BUCKET.test(bucket);
}
