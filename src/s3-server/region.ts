import { S3Error } from './errors.ts';
import type { Operation } from './operations.ts';
import type { S3Request } from './request.ts';
import type { Store } from './store.ts';

/**
 * A request must be signed for the region of its bucket; without one, and to create one, for the endpoint's.
 *
 * @throws {S3Error} PermanentRedirect when it was signed for the endpoint's region and the bucket is
 * elsewhere; AuthorizationHeaderMalformed when it was signed for a third one. Both name the right region.
 */
export function requireRegion(
  { request, operation, signedFor }: { request: S3Request; operation: Operation; signedFor: string },
  store: Store,
  endpointRegion: string,
): void {
  const bucket = operation === 'CreateBucket' ? undefined : store.find(request.bucket ?? '');
  const region = bucket?.settings.region ?? endpointRegion;
  if (signedFor === region) return;
  const headers = { 'x-amz-bucket-region': region };
  if (signedFor !== endpointRegion) {
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${signedFor}' is wrong; expecting '${region}'`,
      { headers, elements: { Region: region } },
    );
  }
  // The one question that S3 answers from anywhere, so that clients can find the region.
  if (operation === 'GetBucketLocation') return;
  const elements = { Endpoint: request.incoming.headers.host ?? '', Bucket: request.bucket ?? '' };
  throw new S3Error('PermanentRedirect', undefined, { headers, elements });
}
