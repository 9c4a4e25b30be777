import { S3Error } from './errors.ts';
import type { Operation } from './operations.ts';
import type { S3Request } from './request.ts';
import type { Store } from './store.ts';

/**
 * Makes sure that a request is signed for the region of its bucket. A request without a bucket, and CreateBucket, must be signed
 * for the endpoint's region.
 *
 * @throws {S3Error} PermanentRedirect if the request is signed for the endpoint's region and the bucket is in another one;
 * AuthorizationHeaderMalformed if it is signed for a third region. Both name the right region.
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
  // S3 answers GetBucketLocation in every region, so that clients can find the right one.
  if (operation === 'GetBucketLocation') return;
  const elements = { Endpoint: request.incoming.headers.host ?? '', Bucket: request.bucket ?? '' };
  throw new S3Error('PermanentRedirect', undefined, { headers, elements });
}
