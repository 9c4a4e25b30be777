import type { Identity } from '../../source/identity.ts';
import { ownMetadata } from '../../source/own-metadata.ts';
import { customerKeyHeaders } from '../customer-key.ts';
import {
  contentTypeOf,
  fixedFields,
  type ObjectFields,
  type ObjectOptions,
  retainUntil,
} from '../object-options.ts';
import type { WriteCondition } from '../store-types.ts';

/** Headers for the SDK's request fields (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html). */
const HEADERS: Readonly<Record<keyof ObjectFields, string>> = {
  ACL: 'x-amz-acl',
  CacheControl: 'cache-control',
  ContentType: 'content-type',
  ObjectLockLegalHoldStatus: 'x-amz-object-lock-legal-hold',
  ObjectLockMode: 'x-amz-object-lock-mode',
  StorageClass: 'x-amz-storage-class',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  Tagging: 'x-amz-tagging',
};
const NAMES = Object.entries(HEADERS) as [keyof typeof HEADERS, string][];

/** Makes the headers of requests that create objects. */
export class ObjectRequestHeaders {
  readonly #options: ObjectOptions;
  readonly #fixed: Readonly<Record<string, string>>;
  /** Headers of the customer's key, for every request about an object that it encrypts. */
  readonly customerKey: Readonly<Record<string, string>>;

  constructor(options: ObjectOptions) {
    const { customerKey, metadata = {} } = options;
    const fields = fixedFields(options);
    this.#options = options;
    this.customerKey = customerKeyHeaders(customerKey);
    const fixed: Record<string, string> = { ...this.customerKey };
    for (const [field, name] of NAMES) {
      const value = fields[field];
      if (value !== undefined) fixed[name] = value;
    }
    for (const [name, value] of Object.entries(metadata)) fixed[`x-amz-meta-${name.toLowerCase()}`] = value;
    this.#fixed = fixed;
  }

  /** @param now The present time by the store's clock, in milliseconds since 1970. */
  for(key: string, identity: Identity, now: number): Record<string, string> {
    const headers: Record<string, string> = { 'content-type': contentTypeOf(key) };
    for (const name in this.#fixed) headers[name] = this.#fixed[name] ?? '';
    const until = retainUntil(this.#options, now);
    if (until) headers['x-amz-object-lock-retain-until-date'] = `${until.toISOString().slice(0, 19)}Z`;
    const { mtime, mode, uid, gid } = ownMetadata(identity);
    headers['x-amz-meta-mtime'] = mtime;
    headers['x-amz-meta-mode'] = mode;
    headers['x-amz-meta-uid'] = uid;
    headers['x-amz-meta-gid'] = gid;
    return headers;
  }
}

/** Adds the condition on the key. */
export function addConditions(
  headers: Record<string, string>,
  { ifAbsent, ifMatch }: WriteCondition,
): Record<string, string> {
  if (ifAbsent) headers['if-none-match'] = '*';
  if (ifMatch !== undefined) headers['if-match'] = `"${ifMatch}"`;
  return headers;
}
