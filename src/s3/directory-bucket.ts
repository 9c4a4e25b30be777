/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html, also of an access point. */
export const DIRECTORY_BUCKET = /--xa?-s3$/;
