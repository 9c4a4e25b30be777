import type { CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import { isInDoubt } from '../in-doubt.ts';
import { storeErrorFrom } from '../store-error.ts';

/** A mark on errors, which the SDK's retries hand on unchanged. */
const lookedAtFirst = new WeakSet<object>();

/** Keeps the SDK from retrying a completion that S3 did not answer: the caller has to look first whether it was executed. */
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

/** Whether this is the error of a completion that must not be retried, since S3 did not answer it. */
export function isLookedAtFirst(error: unknown): boolean {
  return typeof error === 'object' && error !== null && lookedAtFirst.has(error);
}
