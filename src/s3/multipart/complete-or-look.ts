import { type Expected, judge } from '../proof.ts';
import type { Completion, PartRequests } from './part-requests.ts';

type Write = Awaited<ReturnType<PartRequests['complete']>>;
type Computed = Pick<Expected, 'size' | 'checksums'> & { readonly partsEtag: string };

/**
 * Completes an upload. A completion whose answer was lost is answered NoSuchUpload, or 412, when it is asked again; and
 * S3 can begin a 200 and end it with an error. Whether it was done all the same only a look can tell.
 *
 * @param computed From the bytes that were read: what the object must prove to be.
 * @throws StoreError of the completion, where something else is under the key, or nothing
 */
export async function completeOrLook(
  requests: PartRequests,
  uploadId: string,
  completion: Completion,
  computed: Computed,
): Promise<Write> {
  try {
    const { etag, versionId } = await requests.complete(uploadId, completion);
    return { etag: etag || computed.partsEtag, versionId };
  } catch (error) {
    const write = await ownObject(requests, computed);
    if (write === undefined) throw error;
    // Where the content was under the key before, the parts are still there.
    await requests.abort(uploadId).catch(() => undefined);
    return write;
  }
}

async function ownObject(requests: PartRequests, computed: Computed): Promise<Write | undefined> {
  try {
    const state = await requests.look();
    const { etag = '', versionId } = state;
    const judgement = judge(state, { ...computed, md5: undefined, etag: undefined });
    return judgement.kind === 'proved' ? { etag, versionId } : undefined;
  } catch {
    return undefined;
  }
}
