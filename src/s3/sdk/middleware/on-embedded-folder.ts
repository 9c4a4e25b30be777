import type { S3Client } from '@aws-sdk/client-s3';
import { EMBEDDED_FOLDER_HEADER } from '../../embedded-folder.ts';

/** Calls `tell` with the folder when an answer of the embedded endpoint names one. */
export function onEmbeddedFolder(client: S3Client, tell: (folder: string) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const folder = headers?.[EMBEDDED_FOLDER_HEADER];
      if (folder !== undefined) tell(decodeURIComponent(folder));
      return result;
    },
    { step: 'deserialize', name: 'onEmbeddedFolder' },
  );
}
