/**
 * Storage classes that S3 takes with an upload (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html).
 * Other stores have others; every name is passed on.
 */
export const STORAGE_CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
  'EXPRESS_ONEZONE',
  'OUTPOSTS',
  'REDUCED_REDUNDANCY',
  'SNOW',
] as const;
