import type { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { BodyTries } from '../body-tries.ts';

/** The part of a command's middleware that is used here; each command has types of its own for it. */
interface Command {
  readonly middlewareStack: {
    add(
      middleware: <T>(next: (args: object) => Promise<T>) => (args: object) => Promise<T>,
      options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/** Counts each try of the SDK to send the body of a command. */
export function countTries(
  command: PutObjectCommand | UploadPartCommand,
  tries: BodyTries | undefined,
): void {
  if (tries === undefined) return;
  (command as unknown as Command).middlewareStack.add((next) => (args) => tries.send(() => next(args)), {
    step: 'deserialize',
    priority: 'low',
    name: 'countTries',
  });
}
