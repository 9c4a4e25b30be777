import type { S3Client } from '@aws-sdk/client-s3';

const WRITES = new Set(['PutObjectCommand', 'UploadPartCommand', 'CompleteMultipartUploadCommand']);

/**
 * Makes a write that was answered without an ETag an error that is retried. To the SDK a 200 with a portal's HTML page
 * or a 204 from a proxy is a success. An empty ETag is let through: Ceph 16 answers so to some completions.
 */
export function requireEtags(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const answer = result.output as { ETag?: string; $metadata?: { httpStatusCode?: number } };
      if (WRITES.has(context.commandName ?? '') && answer.ETag === undefined) {
        throw Object.assign(
          new Error('the answer to a write had no ETag: this is not S3, or something in between'),
          {
            name: 'NoETag',
            $metadata: { httpStatusCode: answer.$metadata?.httpStatusCode },
            $retryable: { throttling: false },
          },
        );
      }
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'requireEtags' },
  );
}
