import type { SourceContent } from '../../source/content.ts';
import type { WriteTerms } from '../capabilities.ts';
import { isDirectoryBucket } from '../directory-bucket.ts';
import type { ObjectOptions } from '../object-options.ts';
import { partSizeFor } from '../parts.ts';
import type { StoreOptions, UploadAnswer } from '../store-types.ts';
import type { TransportFacts } from '../transport.ts';
import type { PartRequests } from './part-requests.ts';
import { ResumingRequests, showsSameParts } from './resuming-requests.ts';
import type { UnfinishedUploads } from './unfinished-uploads.ts';
import { uploadParts } from './upload-parts.ts';

/** Below it sending everything again takes a few seconds, and looking for what is there would be one request a file. */
const RESUMED_ABOVE_BYTES = 256 * 1024 * 1024;

/** A file that goes up in parts, and how a transport does that. */
export interface FileInParts {
  readonly key: string;
  readonly content: SourceContent;
  readonly requests: PartRequests;
  readonly unfinished: UnfinishedUploads;
  /** What the parts, and with a checksum the whole, are sent with, and what must be under the key. */
  readonly terms: WriteTerms;
}

/** Uploads it, going on where an earlier upload of it has ended, where that is wanted. */
export function uploadFile(
  { key, content, requests, unfinished, terms }: FileInParts,
  { bucket, object = {}, resume, wholeMd5 = true, ...options }: StoreOptions,
  facts: TransportFacts,
): Promise<UploadAnswer> {
  const { size, identity } = content;
  const { checksum, wanted } = terms;
  const partSize = partSizeFor(size, facts.partSize, facts.maxParts);
  const { storageClass, serverSideEncryption = 'AES256', customerKey } = object;
  const checksumAlgorithm = checksum?.toUpperCase();
  const etagsAreMd5 = serverSideEncryption === 'AES256' && customerKey === undefined;
  const isWanted = resume ?? size > RESUMED_ABOVE_BYTES;
  const canResume = showsAllThatMatters(bucket, object) && showsSameParts(etagsAreMd5, checksumAlgorithm);
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

/** A completion without an answer and without an object is sent once more, not `maxAttempts` times: each costs minutes. */
const COMPLETIONS = 2;

function completionOf({ completionLookSeconds = 300, maxAttempts = 5, signal }: Partial<StoreOptions>) {
  return { longestMs: completionLookSeconds * 1000, tries: Math.min(COMPLETIONS, maxAttempts), signal };
}

/**
 * Whether S3 tells enough of an unfinished upload: not its lock, so one that was begun before there was to be any would end
 * without it. Directory buckets list uploads below a folder only.
 */
function showsAllThatMatters(bucket: string, { retentionMode, legalHold }: ObjectOptions): boolean {
  return retentionMode === undefined && !legalHold && !isDirectoryBucket(bucket);
}
