import type { S3Client } from '@aws-sdk/client-s3';

interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly headers: Record<string, string>;
}

/**
 * Calls `look` with every request before it is signed, also for the session of a directory bucket. An error that `look`
 * throws is the answer.
 */
export function onEveryRequest(client: S3Client, name: string, look: (request: HttpRequest) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      look(args.request as HttpRequest);
      return next(args);
    },
    { step: 'build', name },
  );
}
