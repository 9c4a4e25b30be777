import type { ItemCode, ProofKind } from '../core/outcomes.ts';
import type { FileEntry } from '../report/report.ts';

/** Possible results of `verify` for one file or object. docs/verify.md explains each. */
export const VERIFY_RESULTS = [
  'same',
  'differs',
  'missing-there',
  'not-proved',
  'failed',
  'missing-here',
  'left-out',
] as const;
/** One of `VERIFY_RESULTS`. */
export type VerifyResult = (typeof VERIFY_RESULTS)[number];

/** One line of `s3-backup verify --json`. */
export interface VerifyEntry {
  readonly path: string;
  readonly result: VerifyResult;
  readonly key: string | null;
  /** Size in bytes of the file, or of the object if there is no file. */
  readonly size: number | null;
  /** MD5 of the file in hex. */
  readonly md5: string | null;
  /** ETag of the object. */
  readonly etag: string | null;
  readonly version_id: string | null;
  readonly proof: ProofKind | null;
  readonly code: ItemCode | null;
  readonly reason: string | null;
}

const BY_CODE: { readonly [C in ItemCode]?: VerifyResult } = {
  CONTENT_DIFFERS: 'differs',
  MISSING_THERE: 'missing-there',
  MISSING_HERE: 'missing-here',
  NOT_PROVED: 'not-proved',
};

/** Converts the report's entry of a file into a result of `verify`. */
export function verifyEntryOf(entry: FileEntry): VerifyEntry {
  const { path, key, size, md5, etag, version_id, proof, code, reason } = entry;
  return { path, result: resultOf(entry), key, size, md5, etag, version_id, proof, code, reason };
}

function resultOf({ code, fate }: FileEntry): VerifyResult {
  if (fate === 'skipped') return code === 'MISSING_HERE' ? 'missing-here' : 'left-out';
  if (fate !== 'failed' || code === null) return 'same';
  return BY_CODE[code] ?? 'failed';
}

/** What is verified, in addition to the options of a run. */
export interface VerifyRequest {
  /** Only files and objects that match this pattern, written as an include pattern. Default: all. */
  readonly pattern?: string | undefined;
  /** Tells whether the object under a key is downloaded and compared byte for byte. Default: none is. */
  readonly readsBack?: ((key: string) => boolean) | undefined;
  /** Whether objects without a file in the source count as failures. Default false. */
  readonly strict?: boolean | undefined;
  /** Called for every result, in the order in which they are found. */
  readonly onResult: (entry: VerifyEntry) => void;
}
