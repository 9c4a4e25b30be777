import { RestoreObjectCommand, type RestoreObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { storeErrorFrom } from '../store-error.ts';
import type { ArchiveAnswer, ArchiveRequest } from '../store-types.ts';

/**
 * Requests that an archived object be made readable
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html).
 *
 * @throws StoreError
 */
export async function requestArchived(
  client: S3Client,
  address: RestoreObjectCommandInput,
  { days, tier }: ArchiveRequest,
): Promise<ArchiveAnswer> {
  const RestoreRequest = { ...(days !== undefined && { Days: days }), GlacierJobParameters: { Tier: tier } };
  try {
    const answer = await client.send(new RestoreObjectCommand({ ...address, RestoreRequest }));
    // S3 answers 202 if the restore begins, and 200 if a readable copy exists already.
    return answer.$metadata.httpStatusCode === 200 ? 'readable' : 'requested';
  } catch (error) {
    const failure = storeErrorFrom(error, 'RestoreObject');
    if (failure.code === 'RestoreAlreadyInProgress') return 'under way';
    if (failure.code === 'ObjectAlreadyInActiveTierError') return 'readable';
    throw failure;
  }
}
