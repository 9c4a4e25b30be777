import type { ListObjectsV2Command } from '@aws-sdk/client-s3';

/** Returns what tells the Date header of the command's answer, once that has come. */
export function dateOfAnswer(command: ListObjectsV2Command): () => string | undefined {
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      date = headers?.date;
      return result;
    },
    { step: 'deserialize', name: 'dateOfAnswer' },
  );
  return () => date;
}
