import { DEFAULTS, RESUMED_ABOVE_BYTES } from '../../core/defaults.ts';
import type { SourceContent } from '../../source/content.ts';
import type { WriteTerms } from '../capabilities.ts';
import { isDirectoryBucket } from '../directory-bucket.ts';
import type { ObjectOptions } from '../object-options.ts';
import { partSizeFor } from '../parts.ts';
import type { StoreOptions, UploadAnswer } from '../store-types.ts';
import type { TransportFacts } from '../transport.ts';
import type { PartRequests } from './part-requests.ts';
import { ResumingRequests, reportsPartContent } from './resuming-requests.ts';
import type { UnfinishedUploads } from './unfinished-uploads.ts';
import { uploadParts } from './upload-parts.ts';

/** A file that is sent in parts, and the requests of its transport. */
export interface FileInParts {
  readonly key: string;
  readonly content: SourceContent;
  readonly requests: PartRequests;
  readonly unfinished: UnfinishedUploads;
  /** Digests that the parts (and with a checksum the whole file) are sent with, and the condition on the key. */
  readonly terms: WriteTerms;
}

/** Uploads a file in parts. Resumes an unfinished upload of the file if the options or the size say so. */
export function uploadFile(
  { key, content, requests, unfinished, terms }: FileInParts,
  { bucket, object = {}, resume, wholeMd5 = DEFAULTS.wholeMd5, ...options }: StoreOptions,
  facts: TransportFacts,
): Promise<UploadAnswer> {
  const { size, identity } = content;
  const { checksum, wanted } = terms;
  const partSize = partSizeFor(size, facts.partSize, facts.maxParts);
  const { storageClass, serverSideEncryption = 'AES256', customerKey } = object;
  const checksumAlgorithm = checksum?.toUpperCase();
  const etagsAreMd5 = serverSideEncryption === 'AES256' && customerKey === undefined;
  const isWanted = resume ?? size > RESUMED_ABOVE_BYTES;
  const canResume = reportsSettings(bucket, object) && reportsPartContent(etagsAreMd5, checksumAlgorithm);
  const chosen =
    isWanted && canResume
      ? new ResumingRequests(requests, unfinished, {
          key,
          size,
          partSize,
          mtimeMs: Number(identity.mtimeNs / 1_000_000n),
          storageClass,
          checksumAlgorithm,
          etagsAreMd5,
        })
      : requests;
  const lookFor = facts.heedsConditionsInParts() ? undefined : wanted;
  const completion = completionOf(options);
  return uploadParts(chosen, content, { partSize, checksum, wholeMd5, lookFor, completion });
}

/**
 * Completions that are sent if none is answered and no object appears: two, not `maxAttempts`, since each costs
 * minutes.
 */
const COMPLETIONS = 2;

export function completionOf({
  completionLookSeconds = DEFAULTS.completionLookSeconds,
  maxAttempts = DEFAULTS.maxAttempts,
  signal,
}: Partial<StoreOptions>) {
  return { longestMs: completionLookSeconds * 1000, tries: Math.min(COMPLETIONS, maxAttempts), signal };
}

/**
 * Whether S3 reports enough about an unfinished upload. It does not report the lock, so an upload that was begun before
 * a lock was requested would end without one. Directory buckets list uploads below a folder only.
 */
function reportsSettings(bucket: string, { retentionMode, legalHold }: ObjectOptions): boolean {
  return retentionMode === undefined && !legalHold && !isDirectoryBucket(bucket);
}
