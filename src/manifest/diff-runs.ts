import { isSameEtag } from '../proof/rules/etag.ts';
import type { ManifestEntry } from './manifest.ts';
import type { RunRecord } from './run-record.ts';

/** What a run recorded of a file that S3 held at its end. */
export type RecordedFile = Pick<ManifestEntry, 'size' | 'mtime' | 'md5' | 'etag'>;

/** One line of `s3-backup diff --json`: a file that two runs do not have in common, or with other content. */
export interface RunDifference {
  /** `came`: only the newer run has it; `changed`: its content is another one; `went`: only the older run has it. */
  readonly change: 'came' | 'changed' | 'went';
  readonly path: string;
  /** What the older run recorded; null for a file that came. */
  readonly older: RecordedFile | null;
  /** What the newer run recorded; null for a file that went. */
  readonly newer: RecordedFile | null;
}

/**
 * Compares what two runs have found or stored in S3. Files that a run left out or failed on do not count. Differences come in the
 * order of the newer run, then the files that went. The files of the older run are kept in memory, about 300 bytes each.
 *
 * @param onSame Called for each file whose content is the same in both.
 * @throws BackupError `MANIFEST_UNREADABLE`; StoreError
 */
export async function* diffRuns(
  older: RunRecord,
  newer: RunRecord,
  onSame: () => void,
): AsyncGenerator<RunDifference, void> {
  const left = new Map<string, RecordedFile>();
  for await (const entry of older.entries) if (isInStore(entry)) left.set(entry.path, recorded(entry));
  for await (const entry of newer.entries) {
    if (!isInStore(entry)) continue;
    const { path } = entry;
    const before = left.get(path);
    const now = recorded(entry);
    left.delete(path);
    if (before === undefined) yield { change: 'came', path, older: null, newer: now };
    else if (isSameContent(before, now)) onSame();
    else yield { change: 'changed', path, older: before, newer: now };
  }
  for (const [path, before] of left) yield { change: 'went', path, older: before, newer: null };
}

/** Whether S3 held the file when the run ended: it was proved, or found unchanged. */
function isInStore({ proof, fate }: ManifestEntry): boolean {
  return proof !== null || fate === 'unchanged';
}

function recorded({ size, mtime, md5, etag }: ManifestEntry): RecordedFile {
  return { size, mtime, md5, etag };
}

/** A digest decides if both runs have it. Otherwise size and modification time decide, as they do when a run leaves files unread. */
function isSameContent(a: RecordedFile, b: RecordedFile): boolean {
  if (a.size !== b.size) return false;
  if (a.md5 !== null && b.md5 !== null) return a.md5 === b.md5;
  return isSameEtag(a.etag ?? undefined, b.etag ?? undefined) || a.mtime === b.mtime;
}
