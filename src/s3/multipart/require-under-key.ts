import { isSameEtag } from '../../proof/rules/etag.ts';
import { isNotFound, StoreError } from '../store-error.ts';
import type { WriteCondition } from '../store-types.ts';
import type { PartRequests } from './part-requests.ts';

/**
 * Checks whether the key holds what a write must find there: nothing, or a certain object.
 *
 * @throws StoreError `PreconditionFailed` if it does not, or what the look ended with
 */
export async function requireUnderKey(
  requests: Pick<PartRequests, 'look'>,
  { ifAbsent, ifMatch }: WriteCondition = {},
): Promise<void> {
  if (!ifAbsent && ifMatch === undefined) return;
  const etag = await etagUnderKey(requests);
  if (ifAbsent ? etag === undefined : isSameEtag(etag, ifMatch)) return;
  const found = etag === undefined ? 'nothing' : `an object with the ETag ${etag}`;
  throw new StoreError(
    'PreconditionFailed',
    `just before the completion, ${found} was under the key`,
    412,
    1,
  );
}

/** @returns undefined if there is no object; an ETag that S3 does not tell is an empty one */
async function etagUnderKey(requests: Pick<PartRequests, 'look'>): Promise<string | undefined> {
  try {
    return (await requests.look()).etag ?? '';
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
