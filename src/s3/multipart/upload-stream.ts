import { etagOfParts } from '../../digest/parts-digest.ts';
import type { StreamContent } from '../../source/stream-content.ts';
import type { WriteTerms } from '../capabilities.ts';
import { StoreError } from '../store-error.ts';
import type { UploadAnswer } from '../store-types.ts';
import { type CompletionOptions, type Computed, completeOrLook, ownObject } from './complete-or-look.ts';
import { CutStream } from './cut-stream.ts';
import { giveUpParts } from './give-up-parts.ts';
import { type GrowingPartsOptions, growingParts } from './growing-parts.ts';
import { PartChecksums } from './part-checksums.ts';
import type { PartRequests, SentPart } from './part-requests.ts';
import { requireUnderKey } from './require-under-key.ts';
import { sendSegment } from './send-segment.ts';

export interface StreamUploadOptions extends GrowingPartsOptions {
  /** Digests that the parts are sent with, and the condition on the key. */
  readonly terms: WriteTerms;
  /** Whether the store heeds the condition when it completes the upload; otherwise the key is looked up just before. */
  readonly heedsCondition: boolean;
  readonly completion: CompletionOptions;
}

/**
 * Uploads a stream whose length is unknown, in parts that become larger the longer it is. A stream cannot be read again: if a
 * part fails for good, the upload is aborted, and nothing is stored.
 *
 * @throws SourceError if the stream fails; StoreError if the store fails, or if the stream is longer than its parts can be.
 * The upload was aborted then.
 */
export async function uploadStream(
  requests: PartRequests,
  content: StreamContent,
  options: StreamUploadOptions,
): Promise<UploadAnswer> {
  const { terms, completion } = options;
  const checksums = new PartChecksums(terms.checksum);
  const md5s: Buffer[] = [];
  const sent: SentPart[] = [];
  const uploadId = await requests.begin();
  let computed: Computed | undefined;
  try {
    await sendAll(uploadId);
    if (checksums.algorithm) content.checksums[checksums.algorithm] = checksums.whole();
    computed = { size: content.size, checksums: content.checksums, partsEtag: etagOfParts(md5s) };
    await requireUnderKey(requests, options.heedsCondition ? undefined : terms.wanted);
    const checksum = checksums.isFullObject ? checksums.whole() : undefined;
    const write = await completeOrLook(requests, uploadId, { parts: sent, checksum }, computed, completion);
    return {
      ...write,
      partsEtag: computed.partsEtag,
      attempts: requests.retries + write.tries,
      resumedBytes: 0,
    };
  } catch (error) {
    const partsNote = await giveUpParts(requests, uploadId, error);
    if (!(error instanceof StoreError)) throw error;
    // A completion that was in doubt may have succeeded since the last look.
    const write = computed && (await ownObject(requests, computed));
    const { partsEtag } = computed ?? {};
    if (write) return { ...write, partsEtag, attempts: requests.retries + 1, resumedBytes: 0 };
    throw new StoreError(error.code, error.message + partsNote, error.status, 1 + requests.retries);
  }

  async function sendAll(uploadId: string): Promise<void> {
    const stream = new CutStream(content.chunks());
    for (const segment of growingParts(options)) {
      await sendSegment(stream.take(segment.parts * segment.partSize), segment, {
        md5s,
        send: async (number, bytes) => {
          const md5 = md5s[number - 1] as Buffer;
          const checksum = await checksums.add(number - 1, bytes);
          const onSent = content.sent?.add;
          const part = await requests.send(uploadId, { number, bytes, md5, checksum, onSent });
          sent[number - 1] = part;
          return part.etag;
        },
      });
      if (stream.isEnded) return;
    }
    throw tooLong(content.size);
  }
}

function tooLong(size: number): StoreError {
  const text = `the stream has more than the ${size} bytes that its parts can hold`;
  return new StoreError('EntityTooLarge', text, undefined, 1);
}
