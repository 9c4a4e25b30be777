import type { BackupOptions } from '../../src/index.ts';
import type { FaultAction, FaultPlan, Operation } from '../../src/s3-server/index.ts';

const ALWAYS = Number.POSITIVE_INFINITY;

/** One thing that a store, or what lies before it, does wrongly. */
export interface FaultCase {
  readonly name: string;
  readonly action: FaultAction;
  readonly small?: Wanted;
  readonly large?: Wanted;
}

/** At which request of a file it strikes, and what then becomes of the file. */
export interface Wanted {
  readonly at: Operation | readonly Operation[];
  readonly fate: string | RegExp;
  readonly more?: Partial<FaultPlan>;
  readonly options?: Partial<BackupOptions>;
  /** The object may be other bytes than were sent. */
  readonly spoils?: boolean;
  /** Parts may be left in the bucket: their removal is what fails. */
  readonly parts?: boolean;
}

const READ_BACK = { verify: 'download' } as const;
const RETRIED = { fate: 'deleted' };
const WRITES: readonly Operation[] = ['UploadPart', 'CompleteMultipartUpload'];

export const FAULT_CASES: readonly FaultCase[] = [
  {
    name: 'a wrong ETag in the answer',
    action: { kind: 'wrong-etag' },
    small: { at: 'PutObject', ...RETRIED },
    large: { at: 'CompleteMultipartUpload', ...RETRIED },
  },
  {
    name: 'a part answered with a wrong ETag',
    action: { kind: 'wrong-etag' },
    large: { at: 'UploadPart', fate: 'failed UPLOAD_FAILED' },
  },
  {
    name: 'a byte that was flipped on its way to the disk, with every byte read back',
    action: { kind: 'flip-byte' },
    small: { at: 'PutObject', fate: 'failed CONTENT_DIFFERS', spoils: true, options: READ_BACK },
    large: { at: 'UploadPart', fate: 'failed CONTENT_DIFFERS', spoils: true, options: READ_BACK },
  },
  {
    name: 'an object that vanishes after the 200',
    action: { kind: 'vanish' },
    small: { at: 'PutObject', fate: 'failed VERIFY_FAILED' },
    large: { at: 'CompleteMultipartUpload', fate: 'failed VERIFY_FAILED', parts: true },
  },
  {
    name: 'a part that vanishes after the 200',
    action: { kind: 'vanish' },
    large: { at: 'UploadPart', fate: 'failed UPLOAD_FAILED' },
  },
  {
    name: 'a login page with 200, once',
    action: { kind: 'html-200' },
    small: { at: 'PutObject', ...RETRIED },
    large: { at: WRITES, more: { times: 2 }, ...RETRIED },
  },
  {
    name: 'a login page with 200, always',
    action: { kind: 'html-200' },
    small: { at: 'PutObject', more: { times: ALWAYS }, fate: 'failed UPLOAD_FAILED' },
    large: { at: WRITES, more: { times: ALWAYS }, fate: 'failed UPLOAD_FAILED' },
  },
  {
    name: 'a login page with 200 for the proof',
    action: { kind: 'html-200' },
    // A HEAD without an ETag says nothing, so the object is read back.
    small: { at: 'HeadObject', more: { times: ALWAYS }, fate: 'deleted' },
    large: { at: 'HeadObject', more: { times: ALWAYS }, fate: 'deleted' },
  },
  {
    name: 'a login page with 200 instead of an upload id',
    action: { kind: 'html-200' },
    large: { at: 'CreateMultipartUpload', more: { times: ALWAYS }, fate: 'failed UPLOAD_FAILED' },
  },
  {
    name: 'a 204 without an ETag, once',
    action: { kind: 'no-etag-204' },
    small: { at: 'PutObject', ...RETRIED },
    large: { at: WRITES, more: { times: 2 }, ...RETRIED },
  },
  {
    name: 'a 204 without an ETag, always',
    action: { kind: 'no-etag-204' },
    small: { at: 'PutObject', more: { times: ALWAYS }, fate: 'failed UPLOAD_FAILED' },
    large: { at: WRITES, more: { times: ALWAYS }, fate: 'failed UPLOAD_FAILED' },
  },
  {
    name: 'the answer to a write that succeeded is lost',
    action: { kind: 'lost-answer' },
    small: { at: 'PutObject', ...RETRIED },
    large: { at: 'CompleteMultipartUpload', ...RETRIED },
  },
  {
    name: 'the answers to all parts are lost once',
    action: { kind: 'lost-answer' },
    large: { at: 'UploadPart', more: { times: 3 }, options: { maxAttempts: 5 }, ...RETRIED },
  },
  {
    name: 'every answer to a write is lost',
    action: { kind: 'lost-answer' },
    small: { at: 'PutObject', more: { times: ALWAYS }, fate: /^(deleted|failed UPLOAD_FAILED)$/ },
    large: {
      at: 'CompleteMultipartUpload',
      more: { times: ALWAYS },
      fate: /^(deleted|failed UPLOAD_FAILED)$/,
      parts: true,
    },
  },
  {
    name: 'the proof is lost on its way',
    action: { kind: 'lost-answer' },
    small: { at: 'HeadObject', more: { times: ALWAYS }, fate: 'failed VERIFY_FAILED' },
    large: { at: 'HeadObject', more: { times: ALWAYS }, fate: 'failed VERIFY_FAILED' },
  },
  {
    name: 'an ETag that is no digest (KMS), read back',
    action: { kind: 'random-etag' },
    small: { at: 'PutObject', ...RETRIED },
    large: { at: 'CompleteMultipartUpload', ...RETRIED },
  },
  {
    name: 'an ETag that is no digest and nobody may read back',
    action: { kind: 'random-etag' },
    small: { at: 'PutObject', options: { deleteAfterUpload: false }, fate: 'failed NOT_PROVED' },
    large: {
      at: 'CompleteMultipartUpload',
      options: { deleteAfterUpload: false },
      fate: 'failed NOT_PROVED',
    },
  },
  {
    name: 'the same, and no proof is asked for',
    action: { kind: 'random-etag' },
    small: {
      at: 'PutObject',
      options: { deleteAfterUpload: false, requireProof: false },
      fate: 'kept NOT_PROVED',
    },
  },
  {
    name: 'SlowDown, twice',
    action: { kind: 'error', status: 503, code: 'SlowDown' },
    small: { at: 'PutObject', more: { times: 2 }, ...RETRIED },
    large: { at: WRITES, more: { times: 2 }, ...RETRIED },
  },
  {
    name: 'an error in a 200',
    action: { kind: 'error-in-200', code: 'InternalError' },
    small: { at: 'PutObject', ...RETRIED },
    large: { at: 'CompleteMultipartUpload', ...RETRIED },
  },
  {
    name: 'parts that nobody may remove',
    action: { kind: 'error', status: 403, code: 'AccessDenied' },
    large: {
      at: ['UploadPart', 'AbortMultipartUpload'],
      more: { times: ALWAYS },
      fate: 'failed UPLOAD_FAILED',
      parts: true,
    },
  },
];
