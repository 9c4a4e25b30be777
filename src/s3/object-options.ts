import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import mime from 'mime';
import { LINK_SUFFIX } from '../key.ts';
import type { Identity } from '../source/identity.ts';

/** How objects are to be stored. What is left out is the bucket's default. */
export interface ObjectOptions {
  /** `STANDARD`, `STANDARD_IA`, `GLACIER`, ... */
  readonly storageClass?: string | undefined;
  readonly serverSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | undefined;
  readonly kmsKeyId?: string | undefined;
  /** Object tags; S3 takes at most 10. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** User metadata, ASCII; S3 takes at most 2 KB, mtime, mode, uid and gid included. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export type ObjectHeaders = Pick<
  PutObjectCommandInput,
  'ContentType' | 'Metadata' | 'StorageClass' | 'ServerSideEncryption' | 'SSEKMSKeyId' | 'Tagging'
>;

/** The request fields of one object. */
export function objectHeaders(key: string, identity: Identity, options: ObjectOptions): ObjectHeaders {
  const fixed = fixedHeaders(options);
  return {
    ...fixed,
    ContentType: contentTypeOf(key),
    Metadata: { ...fixed.Metadata, ...ownMetadata(identity) },
  };
}

/** The request fields that all objects have alike. */
export function fixedHeaders(options: ObjectOptions): ObjectHeaders {
  const { storageClass, serverSideEncryption, kmsKeyId, tags, metadata } = options;
  return {
    ...(metadata && { Metadata: metadata }),
    ...(storageClass !== undefined && { StorageClass: storageClass as ObjectHeaders['StorageClass'] }),
    ...(serverSideEncryption !== undefined && { ServerSideEncryption: serverSideEncryption }),
    ...(kmsKeyId !== undefined && { SSEKMSKeyId: kmsKeyId }),
    ...(tags && Object.keys(tags).length > 0 && { Tagging: queryText(tags) }),
  };
}

/** Spaces as `%20`: Ceph 16 takes a `+` for what it is. */
function queryText(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString().replaceAll('+', '%20');
}

/** By the key's extension. */
export function contentTypeOf(key: string): string {
  if (key.endsWith(LINK_SUFFIX)) return 'text/plain';
  return mime.getType(key) ?? 'application/octet-stream';
}

/** What the file was, under the names and in the forms that rclone reads (https://rclone.org/local/#metadata). */
export function ownMetadata(identity: Identity) {
  const { uid, gid } = identity;
  return { mtime: mtimeOf(identity), mode: modeOf(identity), uid: String(uid), gid: String(gid) };
}

/** Octal, the kind of file included. */
function modeOf({ mode }: Identity): string {
  return mode.toString(8);
}

/** Seconds since 1970 with nine decimals: `1700000000.123456789`. */
function mtimeOf({ mtimeNs: ns }: Identity): string {
  const sign = ns < 0n ? '-' : '';
  const digits = (ns < 0n ? -ns : ns).toString().padStart(10, '0');
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
