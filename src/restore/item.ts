import type { Lease } from '../core/memory-budget.ts';
import type { ProofKind } from '../flow/item.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { ListedObject, ObjectPin } from '../s3/store.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** The one end that every object comes to. */
export type RestoreFate = 'restored' | 'unchanged' | 'requested' | 'skipped' | 'failed';

/** Why an object ended as it did. docs/errors.md lists every code with what to do about it. */
export const RESTORE_CODES = [
  'EXCLUDED',
  'OWN_OBJECT',
  'NOT_STORED',
  'DRY_RUN',
  'ARCHIVED',
  'NO_VERSION_THEN',
  'UNSAFE_KEY',
  'NAME_TOO_LONG',
  'PATH_CONFLICT',
  'OUTSIDE_TARGET',
  'LOCAL_FILE_DIFFERS',
  'UNREADABLE',
  'NOT_FOUND',
  'DOWNLOAD_FAILED',
  'OBJECT_CHANGED',
  'OBJECT_REPLACED',
  'CONTENT_DIFFERS',
  'NOT_PROVED',
  'WRITE_FAILED',
  'OWNER_NOT_SET',
  'SETUID_NOT_SET',
  'INTERRUPTED',
  'RUN_FAILED',
] as const;
export type RestoreCode = (typeof RESTORE_CODES)[number];

export interface RestoreEnd {
  readonly fate: RestoreFate;
  readonly code: RestoreCode;
}

/** An object, or the version of it that is wanted, that a listing came upon, or a manifest. `path` is the key without the prefix. */
export interface Listed extends ListedObject, ObjectPin {
  readonly path: string;
  readonly etag: string | undefined;
  /** What a run has recorded of it: that content is wanted, and no other. */
  readonly recorded?: ManifestEntry | undefined;
  /** Whether this is a later object than the one that is wanted, of which nobody knows any more what it was. */
  readonly isUnknownThen?: boolean | undefined;
}

/** ... that is to be restored: `path` is one that a file below the target folder can have. */
export interface Chosen extends Listed {
  /** Bytes. */
  readonly size: number;
  readonly kind: 'file' | 'folder' | 'link';
}

/** ... of which no equal file is here yet. */
export interface Missing extends Chosen {
  /** Whether a file of its size has the name, of which nothing that S3 reports tells whether it is equal. */
  readonly mayBeHere: boolean;
}

/** ... whose content has been read and proved: in memory, or in a file that has not its name yet. */
export interface Fetched extends Missing {
  readonly body: { readonly bytes: Buffer; readonly lease: Lease } | { readonly temporary: TemporaryFile };
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the whole content, in hex. */
  readonly md5: string;
  /** Undefined where there was none to be had and none is required. */
  readonly proof: ProofKind | undefined;
  /** Why there is no proof. */
  readonly unproved?: string | undefined;
  readonly attempts: number;
  /** Bytes that an earlier run had left, and this one need not read again. */
  readonly resumedBytes: number;
}
