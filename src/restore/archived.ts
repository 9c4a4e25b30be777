import type { ArchiveRequest, Store } from '../s3/store.ts';
import type { Listed } from './item.ts';

const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Whether it cannot be read until S3 has been asked for it, and hours have passed. */
export function isArchived({ storageClass }: Pick<Listed, 'storageClass'>): boolean {
  return ARCHIVE_CLASSES.has(storageClass ?? '');
}

/**
 * Asks for an archived object, and does not wait for it.
 *
 * @returns what to say of it; undefined where it can be read already
 * @throws StoreError
 */
export async function askForArchived(
  file: Listed,
  { days, tier }: { readonly days: number; readonly tier: ArchiveRequest['tier'] },
  store: Store,
): Promise<string | undefined> {
  // What this class brings back, it brings back for good.
  const forDays = file.storageClass === 'INTELLIGENT_TIERING' ? undefined : days;
  const { key, versionId } = file;
  const answer = await store.requestArchived({ key, versionId }, { days: forDays, tier });
  if (answer === 'readable') return undefined;
  const what = answer === 'requested' ? 'it has been asked for' : 'it was asked for before and is on its way';
  return `it is archived (${file.storageClass ?? 'no class is named'}): ${what}; run again when S3 has it`;
}
