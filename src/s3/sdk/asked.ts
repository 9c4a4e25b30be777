import { BackupError } from '../../core/errors.ts';
import { storeErrorFrom } from '../store-error.ts';

/**
 * Asks by the SDK.
 *
 * @param operation Its name in S3's API, for messages.
 * @throws StoreError for what the SDK throws; BackupError where we have refused to send it
 */
export async function asked<T>(operation: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw thrownBy(operation, error);
  }
}

export function thrownBy(operation: string, error: unknown): Error {
  return error instanceof BackupError ? error : storeErrorFrom(error, operation);
}
