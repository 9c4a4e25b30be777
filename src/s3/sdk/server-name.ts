import type { PutObjectCommand } from '@aws-sdk/client-s3';

export interface ServerName {
  /** The `Server` header. */
  readonly server: string | undefined;
}

/** Has the answer to a command looked at. @returns the `Server` header, once it was answered */
export function serverNameOf(command: PutObjectCommand): () => string | undefined {
  let name: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      name = (result.response as { headers?: Record<string, string> }).headers?.server;
      return result;
    },
    { step: 'deserialize', name: 'serverNameOf' },
  );
  return () => name;
}
