import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import mime from 'mime';
import { LINK_SUFFIX } from '../core/key.ts';
import type { Identity } from '../source/identity.ts';
import { ownMetadata } from '../source/own-metadata.ts';
import type { CannedAcl } from './canned-acls.ts';

/** How objects are stored. The bucket's default applies to an option that is not set. */
export interface ObjectOptions {
  /** Storage class: `STANDARD`, `STANDARD_IA` or `GLACIER`, for example. */
  readonly storageClass?: string | undefined;
  readonly serverSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | undefined;
  readonly kmsKeyId?: string | undefined;
  /** Object tags; S3 takes at most 10. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** User metadata, ASCII; S3 takes at most 2 KB, mtime, mode, uid and gid included. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** One of S3's ready-made access control lists; the bucket must have ACLs enabled. */
  readonly acl?: CannedAcl | undefined;
  /** `Cache-Control`, ASCII: `max-age=3600`. */
  readonly cacheControl?: string | undefined;
  /** Object Lock mode, together with `retentionSeconds`; the bucket must have Object Lock enabled. */
  readonly retentionMode?: 'GOVERNANCE' | 'COMPLIANCE' | undefined;
  /** How long each object is locked, in seconds, counted from the begin of its upload. */
  readonly retentionSeconds?: number | undefined;
  /** Whether objects are locked until the hold is taken off. Default false. */
  readonly legalHold?: boolean | undefined;
  /**
   * Key for SSE-C: base64 of the 32 bytes that S3 encrypts with and does not keep; without them the objects cannot be
   * read again. It is sent over https only, or to this machine.
   */
  readonly customerKey?: string | undefined;
}

/** Request fields that hold a text. */
export type ObjectFields = Pick<
  PutObjectCommandInput,
  | 'ACL'
  | 'CacheControl'
  | 'ContentType'
  | 'ObjectLockLegalHoldStatus'
  | 'ObjectLockMode'
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'StorageClass'
  | 'Tagging'
>;
export type CustomerKeyFields = Pick<PutObjectCommandInput, 'SSECustomerAlgorithm' | 'SSECustomerKey'>;
type ObjectHeaders = ObjectFields &
  CustomerKeyFields &
  Pick<PutObjectCommandInput, 'Metadata' | 'ObjectLockRetainUntilDate'>;

/** The request fields of one object. @param now The present time by the store's clock, in milliseconds since 1970. */
export function objectHeaders(
  key: string,
  identity: Identity,
  options: ObjectOptions,
  now: number,
): ObjectHeaders {
  const until = retainUntil(options, now);
  return {
    ...fixedFields(options),
    ...customerKeyFields(options),
    ...(until && { ObjectLockRetainUntilDate: until }),
    ContentType: contentTypeOf(key),
    Metadata: { ...options.metadata, ...ownMetadata(identity) },
  };
}

/** The request fields that are the same for all objects, without metadata and without the key that encrypts them. */
export function fixedFields(options: ObjectOptions): ObjectFields {
  const { storageClass, serverSideEncryption, kmsKeyId, tags } = options;
  const { acl, cacheControl, retentionMode, legalHold } = options;
  return {
    ...(storageClass !== undefined && { StorageClass: storageClass as ObjectFields['StorageClass'] }),
    ...(serverSideEncryption !== undefined && { ServerSideEncryption: serverSideEncryption }),
    ...(kmsKeyId !== undefined && { SSEKMSKeyId: kmsKeyId }),
    ...(tags && Object.keys(tags).length > 0 && { Tagging: queryText(tags) }),
    ...(acl !== undefined && { ACL: acl }),
    ...(cacheControl !== undefined && { CacheControl: cacheControl }),
    ...(retentionMode !== undefined && { ObjectLockMode: retentionMode }),
    ...(legalHold && { ObjectLockLegalHoldStatus: 'ON' }),
  };
}

/** Request fields of every request about an object that the customer's key encrypts. The SDK adds the key's MD5. */
export function customerKeyFields({ customerKey }: ObjectOptions): CustomerKeyFields {
  return customerKey === undefined ? {} : { SSECustomerAlgorithm: 'AES256', SSECustomerKey: customerKey };
}

/**
 * The request fields of an object that a probe writes: those that need permissions of their own. The lock is left out,
 * which would keep the object, and so is the storage class, since some cost money for at least 90 days.
 */
export function probeFields({ acl, tags, serverSideEncryption, kmsKeyId, customerKey }: ObjectOptions) {
  const fields = fixedFields({ acl, tags, serverSideEncryption, kmsKeyId });
  return { ...fields, ...customerKeyFields({ customerKey }) };
}

/**
 * When the lock ends of an object whose upload begins now. It is not counted from the start of the run, since a run can
 * take longer than the shortest lock. In whole seconds, as the SDK writes it.
 *
 * @param now The present time by the store's clock, in milliseconds since 1970.
 */
export function retainUntil({ retentionSeconds }: ObjectOptions, now: number): Date | undefined {
  if (retentionSeconds === undefined) return undefined;
  return new Date((Math.floor(now / 1000) + retentionSeconds) * 1000);
}

/** Encodes fields as a query with spaces as `%20`: Ceph 16 takes a `+` literally. */
function queryText(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString().replaceAll('+', '%20');
}

/** Media type for a key, by its extension. */
export function contentTypeOf(key: string): string {
  if (key.endsWith(LINK_SUFFIX)) return 'text/plain';
  return mime.getType(key) ?? 'application/octet-stream';
}
