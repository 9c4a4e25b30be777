import type { S3Client } from '@aws-sdk/client-s3';

/** Of a command's middleware as much as this needs: each command has types of its own for it. */
interface Command {
  readonly middlewareStack: Pick<S3Client['middlewareStack'], 'add'>;
}

/**
 * Has the answer to a command looked at for a header that the SDK does not hand on.
 *
 * @param name In lower case.
 * @returns what tells its value, once the answer has come
 */
export function headerOfAnswer(command: object, name: string): () => string | undefined {
  let value: string | undefined;
  (command as Command).middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      value = (result.response as { headers?: Record<string, string> }).headers?.[name];
      return result;
    },
    { step: 'deserialize', name: `headerOfAnswer ${name}` },
  );
  return () => value;
}
