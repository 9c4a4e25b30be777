import type { CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import { isInDoubt } from '../in-doubt.ts';
import { storeErrorFrom } from '../store-error.ts';

const lookedAtFirst = new WeakSet<object>();

/** Has the SDK not send a completion again that S3 has not answered: whether it was done is to be looked at first. */
export function lookAtFirst(command: CompleteMultipartUploadCommand): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isInDoubt(storeErrorFrom(error, 'CompleteMultipartUpload'))) lookedAtFirst.add(error as object);
        throw error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'lookAtFirst' },
  );
}

/** Whether such a request ended with this error, so that it is not to be tried again. */
export function isLookedAtFirst(error: unknown): boolean {
  return typeof error === 'object' && error !== null && lookedAtFirst.has(error);
}
