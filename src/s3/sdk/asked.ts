import { BackupError } from '../../core/errors.ts';
import { storeErrorFrom } from '../store-error.ts';

/**
 * Sends a request through the SDK.
 *
 * @param operation Name of the operation in S3's API, for messages.
 * @throws StoreError for an error of the SDK; BackupError if this program refuses to send the request
 */
export async function asked<T>(operation: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw thrownBy(operation, error);
  }
}

function thrownBy(operation: string, error: unknown): Error {
  return error instanceof BackupError ? error : storeErrorFrom(error, operation);
}
