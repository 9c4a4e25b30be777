/**
 * Header of every request with which the requester pays, and not the bucket's owner
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html).
 */
export const REQUESTER_PAYS: Readonly<Record<string, string>> = { 'x-amz-request-payer': 'requester' };
