import { isInDoubt } from '../in-doubt.ts';
import { type Expected, judge } from '../proof.ts';
import { StoreError, storeErrorFrom, storeErrorOf } from '../store-error.ts';
import { type LookOptions, lookForLong } from './look-for-long.ts';
import type { Completion, PartRequests } from './part-requests.ts';

export type Write = Awaited<ReturnType<PartRequests['complete']>>;
export type Computed = Pick<Expected, 'size' | 'checksums'> & { readonly partsEtag: string };

export interface CompletionOptions extends LookOptions {
  /** Completions that are sent at most, where none of them is answered. */
  readonly tries: number;
}

const OPERATION = 'CompleteMultipartUpload';

/** A completion that was not answered, and that nobody has looked for long enough: it may still be under way. */
export class UnansweredCompletion extends StoreError {}

/**
 * Completes an upload. A completion whose answer was lost is answered NoSuchUpload, or 412, when it is asked again; S3 can
 * begin a 200 and end it with an error; and it can go on for minutes after the connection has broken. Whether it was done all
 * the same only a look can tell, so the key is looked at for long before the completion is asked for again.
 *
 * @param computed From the bytes that were read: what the object must prove to be.
 * @returns the write, and how many completions were sent for it
 * @throws StoreError of the last completion, where something else is under the key, or nothing; UnansweredCompletion where
 * the signal has ended the looking
 */
export async function completeOrLook(
  requests: PartRequests,
  uploadId: string,
  completion: Completion,
  computed: Computed,
  options: CompletionOptions,
): Promise<Write & { readonly tries: number }> {
  let wasInDoubt = false;
  for (let tries = 1; ; tries += 1) {
    requireGoing(options.signal);
    try {
      const { etag, versionId } = await requests.complete(uploadId, completion);
      return { etag: etag || computed.partsEtag, versionId, tries };
    } catch (thrown) {
      const error = storeErrorFrom(thrown, OPERATION);
      wasInDoubt ||= isInDoubt(error);
      const look = () => ownObject(requests, computed);
      const write = wasInDoubt ? await lookForLong(look, options) : await look();
      if (write !== undefined) {
        // Where the content was under the key before, the parts are still there.
        await requests.abort(uploadId).catch(() => undefined);
        return { ...write, tries };
      }
      const { code, message, status, attempts } = error;
      if (wasInDoubt && options.signal?.aborted)
        throw new UnansweredCompletion(code, message, status, attempts);
      if (!isInDoubt(error) || tries >= options.tries) throw error;
    }
  }
}

/** Nothing is in doubt that was never sent. */
function requireGoing(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw storeErrorOf({ operation: OPERATION, code: 'AbortError', text: 'the request was aborted' });
}

/** What is under the key, where it proves to be what was computed. */
export async function ownObject(requests: PartRequests, computed: Computed): Promise<Write | undefined> {
  try {
    const state = await requests.look();
    const { etag = '', versionId } = state;
    const judgement = judge(state, { ...computed, md5: undefined, etag: undefined });
    return judgement.kind === 'proved' ? { etag, versionId } : undefined;
  } catch {
    return undefined;
  }
}
