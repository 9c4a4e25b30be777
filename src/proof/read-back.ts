import type { Store } from '../s3/store.ts';
import { type Expected, type Judgement, judgeReadBack } from './rules/judge.ts';
import type { ObjectState } from './rules/object-state.ts';

/**
 * Downloads an object and compares the digest of its bytes with the expected one.
 *
 * @param state The write of the object that is meant.
 * @param expected `md5`, or if it is unknown `partsEtag`, is compared.
 * @param partSize Part size in bytes that `partsEtag` belongs to. Default: the size that a backup would choose.
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
