import * as v from 'valibot';
import {
  anyText,
  call,
  type Form,
  fields,
  maybe,
  number,
  objectWith,
  oneOf,
  seconds,
  text,
  textsByName,
  truth,
} from '../core/option-forms.ts';
import type { ProxyVariables } from '../http/proxy.ts';
import type { ObjectOptions } from './object-options.ts';
import { CANNED_ACLS } from './object-options.ts';
import { CHECKSUM_CHOICES, type EndpointOptions, type StoreOptions } from './store-types.ts';

const PROXIES: Form<ProxyVariables> = {
  HTTPS_PROXY: maybe(anyText),
  HTTP_PROXY: maybe(anyText),
  NO_PROXY: maybe(anyText),
};

/** Keys of other programs, such as when they expire, may be in it. */
const CREDENTIALS = v.object(
  { accessKeyId: text, secretAccessKey: text, sessionToken: maybe(anyText) },
  'an object with accessKeyId and secretAccessKey',
);

export const OBJECT_FORM: Form<ObjectOptions> = {
  storageClass: maybe(text),
  serverSideEncryption: maybe(oneOf(['AES256', 'aws:kms', 'aws:kms:dsse'])),
  kmsKeyId: maybe(text),
  tags: maybe(textsByName),
  metadata: maybe(textsByName),
  acl: maybe(oneOf(CANNED_ACLS)),
  cacheControl: maybe(text),
  retentionMode: maybe(oneOf(['GOVERNANCE', 'COMPLIANCE'])),
  retentionSeconds: maybe(number),
  legalHold: maybe(truth),
  customerKey: maybe(text),
};

export const ENDPOINT_FORM: Form<Omit<EndpointOptions, 'connections'>> = {
  endpointUrl: maybe(anyText),
  region: maybe(anyText),
  profile: maybe(anyText),
  credentials: maybe(CREDENTIALS),
  forcePathStyle: maybe(truth),
  maxAttempts: maybe(number),
  bytesPerSecond: maybe(v.union([number, call], 'a number or a function')),
  proxies: maybe(fields(PROXIES)),
  caBundle: maybe(text),
};

/** What a run may set of the store. */
export const TRANSFER_FORM = {
  checksum: maybe(oneOf(CHECKSUM_CHOICES)),
  transport: maybe(oneOf(['auto', 'sdk'])),
  wholeMd5: maybe(truth),
  signPayload: maybe(truth),
  resume: maybe(truth),
  requesterPays: maybe(truth),
  completionLookSeconds: maybe(number),
} satisfies Partial<Form<StoreOptions>>;

export const SIGNAL = objectWith(['aborted', 'addEventListener'], 'an AbortSignal');

export const STORE_FORM: Form<StoreOptions> = {
  ...ENDPOINT_FORM,
  ...TRANSFER_FORM,
  connections: maybe(number),
  bucket: text,
  object: maybe(fields(OBJECT_FORM)),
  partSizeBytes: maybe(number),
  onSlowDown: maybe(call),
  maxOutageSeconds: maybe(seconds),
  onOutage: maybe(call),
  isReached: maybe(truth),
  signal: maybe(SIGNAL),
};
