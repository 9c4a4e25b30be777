/**
 * On every request, so that the bucket's owner does not pay for it
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html).
 */
export const REQUESTER_PAYS: Readonly<Record<string, string>> = { 'x-amz-request-payer': 'requester' };
