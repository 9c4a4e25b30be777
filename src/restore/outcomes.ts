/** End of an object's way. Each object of a restore has exactly one fate. */
export type RestoreFate = 'restored' | 'unchanged' | 'requested' | 'skipped' | 'failed';

/** Why an object has its fate. docs/errors.md lists every code with what to do about it. */
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
/** One of `RESTORE_CODES`. */
export type RestoreCode = (typeof RESTORE_CODES)[number];

/** The fates and codes of a restore, for the generic types of src/flow and src/report. */
export interface RestoreOutcome {
  readonly fate: RestoreFate;
  readonly code: RestoreCode;
}
