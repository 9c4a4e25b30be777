import type { Store } from '../s3/store.ts';
import type { Expected, Judgement } from './rules/judge.ts';
import type { ObjectState } from './rules/object-state.ts';

/**
 * Reads every byte of an object and compares their digest with the one that is expected.
 *
 * @param state Which write of the object is meant.
 * @param partSize Of the parts of which `partsEtag` is, in bytes. Default: as a backup would choose it.
 * @throws StoreError
 */
export async function readBack(
  store: Store,
  key: string,
  { etag, versionId }: ObjectState,
  { size, md5, partsEtag }: Pick<Expected, 'size' | 'md5' | 'partsEtag'>,
  partSize = store.partSizeFor(size),
): Promise<Judgement> {
  const back = await store.download({ key, versionId, etag }, md5 === undefined ? partSize : undefined, size);
  const digest = md5 ?? partsEtag;
  return back.size === size && back.digest === digest
    ? { kind: 'proved', proof: 'download' }
    : { kind: 'differs', reason: `read back, the MD5 is ${back.digest}, of the file ${digest}` };
}
