import type { Identity } from '../../source/identity.ts';
import { type ObjectHeaders, type ObjectOptions, objectHeaders } from '../object-options.ts';
import type { WriteCondition } from '../store-types.ts';

/** The headers of the SDK's request fields, by https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
const HEADERS: Readonly<Record<Exclude<keyof ObjectHeaders, 'Metadata'>, string>> = {
  ContentType: 'content-type',
  StorageClass: 'x-amz-storage-class',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  Tagging: 'x-amz-tagging',
};
const NAMES = Object.entries(HEADERS) as [keyof typeof HEADERS, string][];

/** What an object is to be, as headers of the request that makes it. */
export function objectRequestHeaders(
  key: string,
  identity: Identity,
  options: ObjectOptions,
): Record<string, string> {
  const { Metadata, ...fields } = objectHeaders(key, identity, options);
  const headers: Record<string, string> = {};
  for (const [field, name] of NAMES) {
    const value = fields[field];
    if (value !== undefined) headers[name] = value;
  }
  for (const name in Metadata) headers[`x-amz-meta-${name.toLowerCase()}`] = Metadata[name] ?? '';
  return headers;
}

/** Adds what must be under the key. */
export function addConditions(
  headers: Record<string, string>,
  { ifAbsent, ifMatch }: WriteCondition,
): Record<string, string> {
  if (ifAbsent) headers['if-none-match'] = '*';
  if (ifMatch !== undefined) headers['if-match'] = `"${ifMatch}"`;
  return headers;
}
