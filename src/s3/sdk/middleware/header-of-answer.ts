import type { S3Client } from '@aws-sdk/client-s3';

/** The part of a command's middleware that is used here; each command has types of its own for it. */
interface Command {
  readonly middlewareStack: Pick<S3Client['middlewareStack'], 'add'>;
}

/**
 * Reads a header of the answer to a command that the SDK does not hand on.
 *
 * @param name Name of the header in lower case.
 * @returns a function that returns the value once the answer has arrived
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
