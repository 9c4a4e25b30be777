import type { PartLayout } from '../digest/part-layout.ts';
import type { Store } from '../s3/store.ts';
import { type Expected, type Judgement, judgeReadBack } from './rules/judge.ts';
import type { ObjectState } from './rules/object-state.ts';

/**
 * Downloads an object and compares the digest of its bytes with the expected one.
 *
 * @param state The write of the object that is meant.
 * @param expected `md5`, or if it is unknown `partsEtag`, is compared.
 * @param layout Sizes of the parts that `partsEtag` belongs to. Default: the size that a backup would choose.
 * @throws StoreError
 */
export async function readBack(
  store: Store,
  key: string,
  { etag, versionId }: ObjectState,
  expected: Pick<Expected, 'size' | 'md5' | 'partsEtag'>,
  layout: PartLayout = store.partSizeFor(expected.size),
): Promise<Judgement> {
  const { size, md5 } = expected;
  const back = await store.download({ key, versionId, etag }, md5 === undefined ? layout : undefined, size);
  return judgeReadBack(back, expected);
}
