import type { ArchiveRequest, Store } from '../s3/store.ts';
import type { Listed } from './item.ts';

const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

const TIERED = 'INTELLIGENT_TIERING';

/**
 * Whether its storage class is an archive: it can be read only if S3 was asked for it before and holds a copy at the moment.
 * Nothing but reading it tells whether that is so.
 */
export function isArchived({ storageClass }: Pick<Listed, 'storageClass'>): boolean {
  return ARCHIVE_CLASSES.has(storageClass ?? '');
}

/** Whether reading it may show that it is archived. A listing does not tell which objects INTELLIGENT_TIERING has archived. */
export function mayBeArchived(file: Pick<Listed, 'storageClass'>): boolean {
  return isArchived(file) || file.storageClass === TIERED;
}

/**
 * Asks for an archived object that S3 has refused to read, and does not wait for it. Of a copy that is there already this
 * would begin the days anew.
 *
 * @returns what to say of it
 * @throws StoreError
 */
export async function requestArchivedCopy(
  file: Listed,
  { days, tier }: { readonly days: number; readonly tier: ArchiveRequest['tier'] },
  store: Store,
): Promise<string> {
  // What this class brings back, it brings back for good.
  const forDays = file.storageClass === TIERED ? undefined : days;
  const { key, versionId } = file;
  const answer = await store.requestArchived({ key, versionId }, { days: forDays, tier });
  if (answer === 'readable') return 'S3 says that it can be read, and that it cannot; run again';
  const what = answer === 'requested' ? 'it has been asked for' : 'it was asked for before and is on its way';
  return `it is archived (${file.storageClass ?? 'no class is named'}): ${what}; run again when S3 has it`;
}
