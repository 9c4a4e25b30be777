import { createHash } from 'node:crypto';
import { S3Error } from './errors.ts';
import type { Encryption } from './model.ts';
import type { S3Request } from './request.ts';
import { parseXml, textOf } from './xml-read.ts';

const ALGORITHM_HEADER = 'x-amz-server-side-encryption';
const CUSTOMER_HEADERS = 'x-amz-server-side-encryption-customer';
/** Common beginning of the headers with the customer's key (SSE-C) of a copy's source. */
export const COPY_SOURCE_CUSTOMER_HEADERS = 'x-amz-copy-source-server-side-encryption-customer';
const MANAGED = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;

/** MD5 in base64 of the customer's key (SSE-C) in a request; undefined if there is none. @throws {S3Error} InvalidArgument. */
function readCustomerKey(request: S3Request, prefix: string): string | undefined {
  const algorithm = request.header(`${prefix}-algorithm`);
  const key = request.header(`${prefix}-key`);
  const md5 = request.header(`${prefix}-key-md5`);
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  const bytes = Buffer.from(key ?? '', 'base64');
  if (algorithm !== 'AES256' || bytes.length !== 32) {
    throw new S3Error('InvalidArgument', 'The secret key was invalid for the specified algorithm.');
  }
  if (createHash('md5').update(bytes).digest('base64') !== md5) {
    throw new S3Error(
      'InvalidArgument',
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    );
  }
  return md5;
}

function parseManaged(algorithm: string, kmsKeyId: string | undefined): Encryption {
  const known = MANAGED.find((name) => name === algorithm);
  if (known === undefined)
    throw new S3Error('InvalidArgument', 'The encryption method specified is not supported');
  return { algorithm: known, kmsKeyId: known === 'AES256' ? undefined : kmsKeyId };
}

/**
 * Determines the encryption of a new object: that of the request, else the bucket's default, else AES256, which S3 applies to
 * every object since January 2023.
 *
 * @param bucketDefault ServerSideEncryptionConfiguration document of the bucket.
 * @throws {S3Error} InvalidArgument.
 */
export function readEncryption(request: S3Request, bucketDefault: string | undefined): Encryption {
  const customerKeyMd5 = readCustomerKey(request, CUSTOMER_HEADERS);
  if (customerKeyMd5 !== undefined) return { algorithm: 'SSE-C', customerKeyMd5 };
  const algorithm = request.header(ALGORITHM_HEADER);
  if (algorithm !== undefined)
    return parseManaged(algorithm, request.header(`${ALGORITHM_HEADER}-aws-kms-key-id`));
  if (bucketDefault === undefined) return { algorithm: 'AES256' };
  const path = ['Rule', 'ApplyServerSideEncryptionByDefault'];
  const root = parseXml(bucketDefault, 'ServerSideEncryptionConfiguration');
  return parseManaged(
    textOf(root, ...path, 'SSEAlgorithm') ?? 'AES256',
    textOf(root, ...path, 'KMSMasterKeyID'),
  );
}

/**
 * Makes sure that a request carries the customer's key with which an object or upload was stored, and none for others.
 *
 * @param prefix Common beginning of the headers with the key. Default: those of the object itself, not of a copy's source.
 * @throws {S3Error} InvalidRequest if the key is missing or superfluous, AccessDenied if it is wrong.
 */
export function requireCustomerKey(request: S3Request, stored: Encryption, prefix = CUSTOMER_HEADERS): void {
  const given = readCustomerKey(request, prefix);
  if (stored.algorithm !== 'SSE-C') {
    if (given === undefined) return;
    throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.');
  }
  if (given === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  }
  if (given !== stored.customerKeyMd5) throw new S3Error('AccessDenied');
}

/** Response headers about an object's encryption. */
export function encryptionHeaders(encryption: Encryption): Record<string, string | undefined> {
  if (encryption.algorithm === 'SSE-C') {
    return {
      [`${CUSTOMER_HEADERS}-algorithm`]: 'AES256',
      [`${CUSTOMER_HEADERS}-key-md5`]: encryption.customerKeyMd5,
    };
  }
  return {
    [ALGORITHM_HEADER]: encryption.algorithm,
    [`${ALGORITHM_HEADER}-aws-kms-key-id`]: encryption.kmsKeyId,
  };
}

/** Whether the ETag of an object with this encryption is the MD5 of its bytes. It is not with KMS or a customer's key. */
export function hasMd5Etag(encryption: Encryption): boolean {
  return encryption.algorithm === 'AES256';
}
