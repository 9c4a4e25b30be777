export const FATES = ['deleted', 'kept', 'unchanged', 'skipped', 'failed'] as const;
/** The fate of a file: what became of it. Each file of a run has exactly one. */
export type Fate = (typeof FATES)[number];

export const PROOF_KINDS = ['etag-md5', 'etag-parts', 'checksum', 'download'] as const;
/** The kind of proof that S3 holds a file. docs/report.md says what each one compares. */
export type ProofKind = (typeof PROOF_KINDS)[number];

/** Codes that say why a file of a backup has its fate. docs/errors.md lists them with what to do. */
export const ITEM_CODES = [
  'EXCLUDED',
  'OWN_FILE',
  'TOO_YOUNG',
  'TOO_OLD',
  'TOO_SMALL',
  'TOO_BIG',
  'SYMBOLIC_LINK',
  'SPECIAL_FILE',
  'OTHER_FILE_SYSTEM',
  'NAME_NOT_UTF8',
  'DUPLICATE',
  'DRY_RUN',
  'SIZE_AND_TIME',
  'UNREADABLE',
  'NOT_FOUND',
  'MOVED_BEFORE',
  'IS_A_FOLDER',
  'OUTSIDE_SOURCE',
  'LIST_TRUNCATED',
  'KEY_TOO_LONG',
  'KEY_COLLISION',
  'KEY_RESERVED',
  'RULES_UNUSABLE',
  'FILE_TOO_LARGE',
  'FILE_CHANGED',
  'SIZE_MISMATCH',
  'UPLOAD_FAILED',
  'VERIFY_FAILED',
  'NOT_PROVED',
  'CONTENT_DIFFERS',
  'OBJECT_EXISTS',
  'HARD_LINK',
  'RULE_FILE',
  'OPEN_FOR_WRITING',
  'CLAIMED_ELSEWHERE',
  'CLAIM_BLOCKED',
  'NOT_RECORDED',
  'DELETE_FAILED',
  'INTERRUPTED',
  'RUN_FAILED',
] as const;

/** Codes that only `verify` gives to a file or an object. */
export const VERIFY_CODES = ['MISSING_THERE', 'MISSING_HERE'] as const;

export type ItemCode = (typeof ITEM_CODES)[number] | (typeof VERIFY_CODES)[number];
