import type { S3Client } from '@aws-sdk/client-s3';

/** The embedded endpoint says in this header of each answer where it keeps its objects. */
const HEADER = 'x-s3-backup-store';

/** Tells of the folder when an answer names one. */
export function onEmbeddedFolder(client: S3Client, tell: (folder: string) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const folder = (result.response as { headers?: Record<string, string> }).headers?.[HEADER];
      if (folder !== undefined) tell(decodeURIComponent(folder));
      return result;
    },
    { step: 'deserialize', name: 'onEmbeddedFolder' },
  );
}
