import type { ItemCode, ProofKind } from '../core/outcomes.ts';
import type { FileEntry } from '../report/report.ts';

/** What a check found out of one file, or of one object. docs/verify.md explains each. */
export const CHECK_RESULTS = [
  'same',
  'differs',
  'missing-there',
  'not-proved',
  'failed',
  'missing-here',
  'left-out',
] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

/** One line of `s3-backup verify --json`. */
export interface CheckEntry {
  readonly path: string;
  readonly result: CheckResult;
  readonly key: string | null;
  /** Bytes; of the object where there is no file. */
  readonly size: number | null;
  /** Of the file, hex. */
  readonly md5: string | null;
  /** Of the object. */
  readonly etag: string | null;
  readonly version_id: string | null;
  readonly proof: ProofKind | null;
  readonly code: ItemCode | null;
  readonly reason: string | null;
}

const BY_CODE: { readonly [C in ItemCode]?: CheckResult } = {
  CONTENT_DIFFERS: 'differs',
  MISSING_THERE: 'missing-there',
  MISSING_HERE: 'missing-here',
  NOT_PROVED: 'not-proved',
};

export function checkEntryOf(entry: FileEntry): CheckEntry {
  const { path, key, size, md5, etag, version_id, proof, code, reason } = entry;
  return { path, result: resultOf(entry), key, size, md5, etag, version_id, proof, code, reason };
}

function resultOf({ code, fate }: FileEntry): CheckResult {
  if (fate === 'skipped') return code === 'MISSING_HERE' ? 'missing-here' : 'left-out';
  if (fate !== 'failed' || code === null) return 'same';
  return BY_CODE[code] ?? 'failed';
}

/** What to look at beside what a run is told. */
export interface CheckRequest {
  /** Only files and objects that match, as in include patterns. Default: all. */
  readonly pattern?: string | undefined;
  /** Whether every byte of the object under this key is read back. Default: of none. */
  readonly readsBack?: ((key: string) => boolean) | undefined;
  /** Whether objects that no file of the source has count as failures. Default false. */
  readonly strict?: boolean | undefined;
  readonly onResult: (entry: CheckEntry) => void;
}
