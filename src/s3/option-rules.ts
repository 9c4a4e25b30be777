import { BackupError } from '../core/errors.ts';
import { originOf } from '../http/origin.ts';
import { customerKeyFrom, isReadableOnTheWay } from './customer-key.ts';
import { isDirectoryBucket } from './directory-bucket.ts';
import type { ObjectOptions } from './object-options.ts';
import type { StoreOptions } from './store-types.ts';

/** Longest retention that S3 accepts, in seconds. */
const HUNDRED_YEARS = 100 * 365 * 86_400;

export type RuledOptions = Pick<
  StoreOptions,
  'bucket' | 'checksum' | 'endpointUrl' | 'forcePathStyle' | 'object' | 'requesterPays'
>;
export type RuledOption = keyof ObjectOptions | 'checksum' | 'forcePathStyle' | 'requesterPays';

/** An option that S3 would refuse for every file, or that a store would not keep secret. */
export interface Contradiction {
  readonly option: RuledOption;
  /** Text that follows the option's name in a message. */
  readonly problem: string;
}

/** Name of an option as the reader knows it. */
type Name = (option: RuledOption) => string;

/** Finds combinations of options that are not allowed, although each option alone is. */
export function contradictionsOf(options: RuledOptions, name: Name = (option) => option): Contradiction[] {
  const found = [...encryption(options, name), ...lock(options, name), ...accessPoint(options)];
  return isDirectoryBucket(options.bucket) ? [...found, ...directoryBucket(options)] : found;
}

/** @throws BackupError `BAD_OPTION` for the first combination that is not allowed */
export function requireNoContradiction(options: RuledOptions): void {
  for (const { option, problem } of contradictionsOf(options)) {
    throw new BackupError('BAD_OPTION', `${option} ${problem}.`);
  }
}

function* encryption({ endpointUrl, object = {} }: RuledOptions, name: Name): Generator<Contradiction, void> {
  const { serverSideEncryption, kmsKeyId, customerKey } = object;
  if (kmsKeyId !== undefined && !serverSideEncryption?.startsWith('aws:kms')) {
    yield { option: 'kmsKeyId', problem: `needs ${name('serverSideEncryption')} aws:kms or aws:kms:dsse` };
  }
  if (customerKey === undefined) return;
  if (customerKeyFrom(customerKey) !== customerKey) {
    yield { option: 'customerKey', problem: 'must be base64 of 32 bytes' };
  }
  if (serverSideEncryption !== undefined) {
    yield {
      option: 'customerKey',
      problem: `cannot be combined with ${name('serverSideEncryption')}; set one of them`,
    };
  }
  const url = URL.canParse(endpointUrl ?? '') ? new URL(endpointUrl ?? '') : undefined;
  if (url && isReadableOnTheWay(originOf(url))) {
    const where = `${url.protocol}//${url.host}`;
    yield { option: 'customerKey', problem: `could be read on the way to ${where}; use https://` };
  }
}

function* lock({ object = {} }: RuledOptions, name: Name): Generator<Contradiction, void> {
  const { retentionMode, retentionSeconds: seconds } = object;
  if (retentionMode !== undefined && seconds === undefined) {
    yield { option: 'retentionMode', problem: `needs ${name('retentionSeconds')}` };
  }
  if (seconds === undefined) return;
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > HUNDRED_YEARS) {
    const range = `from 1 to ${HUNDRED_YEARS} (100 years)`;
    yield { option: 'retentionSeconds', problem: `is ${seconds}; allowed are whole numbers ${range}` };
  }
  if (retentionMode === undefined) {
    yield { option: 'retentionSeconds', problem: `needs ${name('retentionMode')} GOVERNANCE or COMPLIANCE` };
  }
}

function* accessPoint({ bucket, forcePathStyle }: RuledOptions): Generator<Contradiction, void> {
  if (forcePathStyle && bucket.startsWith('arn:')) {
    yield {
      option: 'forcePathStyle',
      problem: 'cannot be used with an access point, which is in the host name',
    };
  }
}

/**
 * Options that a directory bucket refuses (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, "not
 * supported for directory buckets").
 */
function* directoryBucket({
  checksum,
  requesterPays,
  object = {},
}: RuledOptions): Generator<Contradiction, void> {
  const {
    acl,
    tags = {},
    retentionMode,
    legalHold,
    customerKey,
    storageClass,
    serverSideEncryption,
  } = object;
  const unknown: Partial<Record<RuledOption, boolean | undefined>> = {
    acl: acl !== undefined,
    tags: Object.keys(tags).length > 0,
    retentionMode: retentionMode !== undefined,
    legalHold,
    customerKey: customerKey !== undefined,
    requesterPays,
  };
  for (const [option, isSet] of Object.entries(unknown)) {
    if (isSet) yield { option: option as RuledOption, problem: 'is not supported by directory buckets' };
  }
  if (checksum === 'md5') {
    yield {
      option: 'checksum',
      problem: 'cannot be md5 in a directory bucket, which accepts no Content-MD5',
    };
  }
  if (storageClass !== undefined && !['EXPRESS_ONEZONE', 'ONEZONE_IA'].includes(storageClass)) {
    yield {
      option: 'storageClass',
      problem: 'can be EXPRESS_ONEZONE or ONEZONE_IA only in a directory bucket',
    };
  }
  if (serverSideEncryption === 'aws:kms:dsse') {
    yield { option: 'serverSideEncryption', problem: 'can be AES256 or aws:kms only in a directory bucket' };
  }
}
