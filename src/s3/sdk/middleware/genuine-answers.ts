import type { S3Client } from '@aws-sdk/client-s3';

/** Fields that a genuine answer cannot lack. Without an UploadId, parts would be sent as if each were the whole object. */
const NEEDED: Readonly<Record<string, 'ETag' | 'UploadId' | 'Name' | 'Bucket'>> = {
  PutObjectCommand: 'ETag',
  CreateMultipartUploadCommand: 'UploadId',
  UploadPartCommand: 'ETag',
  CompleteMultipartUploadCommand: 'ETag',
  ListObjectsV2Command: 'Name',
  ListMultipartUploadsCommand: 'Bucket',
  ListPartsCommand: 'UploadId',
};

/**
 * Turns an answer that lacks a field which S3 always sends into an error that is retried. To the SDK a 200 with a
 * portal's HTML page or a 204 from a proxy is a success, and an empty list. An empty ETag is accepted: Ceph 16 answers
 * so to some completions.
 */
export function requireGenuineAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const answer = result.output as {
        ETag?: string;
        UploadId?: string;
        Name?: string;
        Bucket?: string;
        $metadata?: { httpStatusCode?: number };
      };
      const needed = NEEDED[context.commandName ?? ''];
      if (needed !== undefined && answer[needed] === undefined) {
        throw Object.assign(
          new Error(`the answer had no ${needed}: this is not S3, or something in between`),
          {
            name: 'NotS3',
            $metadata: { httpStatusCode: answer.$metadata?.httpStatusCode },
            $retryable: { throttling: false },
          },
        );
      }
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'requireGenuineAnswers' },
  );
}
