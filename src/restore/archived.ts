import { type Item, settle } from '../flow/item.ts';
import type { ArchiveRequest, Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import type { Listed } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { type SettleContext, settleObjectByError } from './trouble.ts';

const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

const TIERED = 'INTELLIGENT_TIERING';

/**
 * Whether an object's storage class is an archive. Such an object can be read only while S3 holds a copy that was requested
 * before (S3 API: RestoreObject). Only an attempt to read it shows whether there is one.
 */
export function isArchived({ storageClass }: Pick<Listed, 'storageClass'>): boolean {
  return ARCHIVE_CLASSES.has(storageClass ?? '');
}

/** Whether an object may be archived. A listing does not tell which objects of class INTELLIGENT_TIERING are. */
export function mayBeArchived(file: Pick<Listed, 'storageClass'>): boolean {
  return isArchived(file) || file.storageClass === TIERED;
}

/**
 * Requests a copy of an archived object that S3 has refused to read, and does not wait for it. Must not be called for an object
 * that can be read: that would restart the days for which S3 keeps the copy.
 *
 * @returns the reason to report for the object
 * @throws StoreError
 */
export async function requestArchivedCopy(
  file: Listed,
  { days, tier }: { readonly days: number; readonly tier: ArchiveRequest['tier'] },
  store: Store,
): Promise<string> {
  // An object of class INTELLIGENT_TIERING comes back permanently, so its request names no days.
  const forDays = file.storageClass === TIERED ? undefined : days;
  const { key, versionId } = file;
  const answer = await store.requestArchived({ key, versionId }, { days: forDays, tier });
  if (answer === 'readable') return 'S3 says that it can be read, and that it cannot; run again';
  const what = answer === 'requested' ? 'it has been asked for' : 'it was asked for before and is on its way';
  return `it is archived (${file.storageClass ?? 'no class is named'}): ${what}; run again when S3 has it`;
}

/**
 * Settles an object that could not be read. An archived one is not asked for: that costs money, and takes hours.
 *
 * @throws the error itself if it concerns neither the object nor the output
 */
export function settleUnread(
  file: Listed,
  error: unknown,
  context: SettleContext,
): Item<never, RestoreOutcome> {
  if (!(error instanceof StoreError) || error.code !== 'InvalidObjectState')
    return settleObjectByError(file, error, context);
  const reason = `it is archived (${file.storageClass ?? 'no class is named'}), and was not asked for; a restore does that`;
  return settle<RestoreOutcome>(file, 'failed', { code: 'ARCHIVED', reason, attempts: error.attempts });
}
