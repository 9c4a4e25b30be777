import type { Bucket } from './bucket.ts';
import { requireReadConditions } from './conditions.ts';
import { COPY_SOURCE_CUSTOMER_HEADERS, requireCustomerKey } from './encryption.ts';
import { S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { ObjectVersion } from './model.ts';
import { decodeComponent } from './uri.ts';
import { requireVersion } from './versions.ts';

/**
 * Looks up the version that `x-amz-copy-source` names, and checks the conditions on it.
 *
 * @throws {S3Error} InvalidArgument, NoSuchBucket, NoSuchKey, NoSuchVersion, InvalidRequest or AccessDenied (SSE-C),
 * PreconditionFailed.
 */
export function requireCopySource({ request, store }: Exchange): {
  readonly bucket: Bucket;
  readonly version: ObjectVersion;
} {
  const [path = '', query] = (request.header('x-amz-copy-source') ?? '').split('?versionId=');
  const name = decodeComponent(path).replace(/^\//, '');
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) {
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  const bucket = store.require(name.slice(0, slash));
  const version = requireVersion(bucket, name.slice(slash + 1), query);
  requireCustomerKey(request, version.encryption, COPY_SOURCE_CUSTOMER_HEADERS);
  requireReadConditions(request, version, 'x-amz-copy-source-');
  return { bucket, version };
}
