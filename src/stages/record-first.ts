import { messageOf } from '../core/errors.ts';
import type { Fence } from '../flow/fence.ts';
import type { Verified } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { FENCED, type Verdict } from './verdict.ts';

/** Stores a record of files that are to be deleted. Resolves once S3 has proved that it holds the record. */
export type RecordFiles = (files: readonly Verified[]) => Promise<void>;

interface RecordOptions {
  readonly record?: RecordFiles | undefined;
  readonly fence?: Fence | undefined;
  readonly control?: RunControl | undefined;
}

/**
 * Deletes files after their record is stored, and while the fence is open. If the record cannot be stored, or the fence is closed,
 * nothing is deleted, and all of them have failed.
 *
 * @param deletes Deletes the files.
 */
export async function recordFirst(
  files: readonly Verified[],
  { record, fence, control }: RecordOptions,
  deletes: () => Promise<Verdict[]>,
): Promise<Verdict[]> {
  try {
    await record?.(files);
  } catch (error) {
    const code = control?.stopping.aborted ? control.reason.code : 'NOT_RECORDED';
    const reason = `it was not deleted, since no record of its deletion could be stored: ${messageOf(error)}`;
    return files.map(() => ({ fate: 'failed', code, reason }));
  }
  try {
    await fence?.ready();
  } catch {
    return files.map(() => FENCED);
  }
  return deletes();
}
