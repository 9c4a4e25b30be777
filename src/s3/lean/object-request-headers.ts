import type { Identity } from '../../source/identity.ts';
import {
  contentTypeOf,
  fixedHeaders,
  type ObjectHeaders,
  type ObjectOptions,
  ownMetadata,
} from '../object-options.ts';
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

/** Makes the headers of the requests that make objects. */
export class ObjectRequestHeaders {
  readonly #fixed: Readonly<Record<string, string>>;

  constructor(options: ObjectOptions) {
    const { Metadata = {}, ...fields } = fixedHeaders(options);
    const fixed: Record<string, string> = {};
    for (const [field, name] of NAMES) {
      const value = fields[field];
      if (value !== undefined) fixed[name] = value;
    }
    for (const [name, value] of Object.entries(Metadata)) fixed[`x-amz-meta-${name.toLowerCase()}`] = value;
    this.#fixed = fixed;
  }

  for(key: string, identity: Identity): Record<string, string> {
    const headers: Record<string, string> = { 'content-type': contentTypeOf(key) };
    for (const name in this.#fixed) headers[name] = this.#fixed[name] ?? '';
    const { mtime, mode, uid, gid } = ownMetadata(identity);
    headers['x-amz-meta-mtime'] = mtime;
    headers['x-amz-meta-mode'] = mode;
    headers['x-amz-meta-uid'] = uid;
    headers['x-amz-meta-gid'] = gid;
    return headers;
  }
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
