import * as v from 'valibot';
import {
  boolean,
  callback,
  nonEmptyString,
  number,
  type OptionSchemas,
  objectOf,
  objectWith,
  oneOf,
  optional,
  seconds,
  string,
  stringsByName,
} from '../core/option-schemas.ts';
import type { ProxyVariables } from '../http/proxy.ts';
import { CANNED_ACLS } from './canned-acls.ts';
import type { ObjectOptions } from './object-options.ts';
import { CHECKSUM_CHOICES, type EndpointOptions, type StoreOptions } from './store-types.ts';

const PROXIES: OptionSchemas<ProxyVariables> = {
  HTTPS_PROXY: optional(string),
  HTTP_PROXY: optional(string),
  NO_PROXY: optional(string),
};

/** Credentials. Other keys, such as when they expire, are allowed beside these. */
const CREDENTIALS = v.object(
  { accessKeyId: nonEmptyString, secretAccessKey: nonEmptyString, sessionToken: optional(string) },
  'an object with accessKeyId and secretAccessKey',
);

export const OBJECT_SCHEMA: OptionSchemas<ObjectOptions> = {
  storageClass: optional(nonEmptyString),
  serverSideEncryption: optional(oneOf(['AES256', 'aws:kms', 'aws:kms:dsse'])),
  kmsKeyId: optional(nonEmptyString),
  tags: optional(stringsByName),
  metadata: optional(stringsByName),
  acl: optional(oneOf(CANNED_ACLS)),
  cacheControl: optional(nonEmptyString),
  retentionMode: optional(oneOf(['GOVERNANCE', 'COMPLIANCE'])),
  retentionSeconds: optional(number),
  legalHold: optional(boolean),
  customerKey: optional(nonEmptyString),
};

export const ENDPOINT_SCHEMA: OptionSchemas<Omit<EndpointOptions, 'connections'>> = {
  endpointUrl: optional(string),
  region: optional(string),
  profile: optional(string),
  credentials: optional(CREDENTIALS),
  forcePathStyle: optional(boolean),
  maxAttempts: optional(number),
  bytesPerSecond: optional(v.union([number, callback], 'a number or a function')),
  proxies: optional(objectOf(PROXIES)),
  caBundle: optional(nonEmptyString),
};

/** Options of a run that the store uses. */
export const TRANSFER_SCHEMA = {
  checksum: optional(oneOf(CHECKSUM_CHOICES)),
  transport: optional(oneOf(['auto', 'sdk'])),
  wholeMd5: optional(boolean),
  signPayload: optional(boolean),
  resume: optional(boolean),
  requesterPays: optional(boolean),
  completionLookSeconds: optional(number),
} satisfies Partial<OptionSchemas<StoreOptions>>;

export const SIGNAL = objectWith(['aborted', 'addEventListener'], 'an AbortSignal');

export const STORE_SCHEMA: OptionSchemas<StoreOptions> = {
  ...ENDPOINT_SCHEMA,
  ...TRANSFER_SCHEMA,
  connections: optional(number),
  bucket: nonEmptyString,
  object: optional(objectOf(OBJECT_SCHEMA)),
  partSizeBytes: optional(number),
  onSlowDown: optional(callback),
  maxOutageSeconds: optional(seconds),
  onOutage: optional(callback),
  isReached: optional(boolean),
  signal: optional(SIGNAL),
};
