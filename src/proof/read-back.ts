import type { Store } from '../s3/store.ts';
import { type Expected, type Judgement, judgeReadBack } from './rules/judge.ts';
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
  expected: Pick<Expected, 'size' | 'md5' | 'partsEtag'>,
  partSize = store.partSizeFor(expected.size),
): Promise<Judgement> {
  const { size, md5 } = expected;
  const back = await store.download({ key, versionId, etag }, md5 === undefined ? partSize : undefined, size);
  return judgeReadBack(back, expected);
}
