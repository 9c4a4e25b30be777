import { lstatSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { moveToFreeName, unlinkIfThere } from './free-name.ts';

/**
 * What became of a claimed file that was to get its name back. `restored`: it has it, by this call. `gone`: the claim is gone, since
 * another process was first: it has put the file back, or deleted it. `taken`: another file has the name.
 */
export type PutBack = 'restored' | 'gone' | 'taken';

/**
 * Gives a claimed file its name back, unless another file has it. Several processes may do this for one claim at the same time:
 * exactly one of them gets `restored`.
 *
 * @param claimed Path of the claim.
 * @param original Path that it had before.
 * @throws the system's error
 */
export function putBackNow(claimed: string, original: string): PutBack {
  try {
    if (moveToFreeName(claimed, original)) return 'restored';
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || stateOf(claimed) !== undefined) throw error;
  }
  return finishPutBack(claimed, original) ? 'gone' : 'taken';
}

/**
 * Removes a claim whose file has its name back already: another process has linked it and has ended before it removed the claim, or
 * is about to.
 *
 * @returns whether the claim is gone
 * @throws the system's error
 */
export function finishPutBack(claimed: string, original: string): boolean {
  // In this order both names are seen as soon as the other process has made the link.
  const named = stateOf(original);
  const left = stateOf(claimed);
  if (left === undefined) return true;
  const isOneFile = named?.dev === left.dev && named.ino === left.ino && left.nlink > 1n;
  if (isOneFile) unlinkIfThere(claimed);
  return isOneFile;
}

function stateOf(path: string) {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}
