import { type Expected, judge } from '../../proof/rules/judge.ts';
import { isInDoubt } from '../in-doubt.ts';
import { StoreError, storeErrorFrom, storeErrorOf } from '../store-error.ts';
import { type LookOptions, lookForLong } from './look-for-long.ts';
import type { Completion, PartRequests } from './part-requests.ts';

export type Write = Awaited<ReturnType<PartRequests['complete']>>;
export type Computed = Pick<Expected, 'size' | 'checksums'> & { readonly partsEtag: string };

export interface CompletionOptions extends LookOptions {
  /** Most completions to send if none is answered. */
  readonly tries: number;
}

const OPERATION = 'CompleteMultipartUpload';

/** Thrown if the run ends before it is known whether an unanswered completion succeeds: it may still be under way. */
export class UnansweredCompletion extends StoreError {}

/**
 * Completes an upload. If the answer to a completion is lost, a repeated completion is answered NoSuchUpload, or 412; S3 can
 * begin a 200 and end it with an error; and S3 can complete the upload minutes after the connection broke. Only the key shows
 * whether the completion succeeded, so it is looked up for minutes before the completion is sent again.
 *
 * @param computed Digests of the bytes that were read, which the object must match.
 * @returns the write, and the number of completions that were sent
 * @throws StoreError of the last completion, if the key holds other content or nothing; UnansweredCompletion if the signal
 * ended the looking
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
        // If the content was under the key before, the parts still exist.
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

/** Throws if the run is being aborted: a completion that is never sent is not in doubt. */
function requireGoing(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw storeErrorOf({ operation: OPERATION, code: 'AbortError', text: 'the request was aborted' });
}

/** The object under the key, if it proves to have the computed content. */
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
