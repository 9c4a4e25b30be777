import { decodedKey } from '../answers.ts';

/** What `encoding-type=url` leaves as it is, or makes of the rest. */
const ENCODED = /^(?:[\w.~!*'()/-]|%[0-9A-Fa-f]{2})*$/;

/**
 * A key as ListMultipartUploads has it when it is asked for `encoding-type=url`. Ceph 16 encodes keys then and does not say
 * so, other stores do neither.
 *
 * @param isSaid Whether the answer says that its keys are encoded.
 */
export function listedKey(key: string, isSaid: boolean): string {
  return isSaid || ENCODED.test(key) ? decodedKey(key) : key;
}
