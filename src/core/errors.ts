/** The room `core` is the foundation: error, exit and outcome codes, keys, patterns, paths, and the logger's interface. */

/**
 * Codes of the errors that end a whole run: a bad option, a lost destination, an output that cannot be written. A problem with
 * one file is never such an error; it settles that file's item instead. docs/errors.md lists every code with its meaning and
 * what to do.
 */
export const FATAL_CODES = [
  'BAD_OPTION',
  'SOURCE_NOT_FOUND',
  'SOURCE_NOT_A_FOLDER',
  'SOURCE_UNREADABLE',
  'SOURCE_IS_ROOT',
  'SOURCE_UNTRUSTED',
  'SOURCE_IS_STORE',
  'NOTHING_FOUND',
  'MAX_DELETE',
  'NOT_CONFIRMED',
  'HOOK_FAILED',
  'MAX_TRANSFER',
  'MAX_DURATION',
  'TARGET_NOT_A_FOLDER',
  'TARGET_UNUSABLE',
  'TARGET_FULL',
  'NOTHING_TO_RESTORE',
  'NOTHING_TO_VERIFY',
  'LIST_UNREADABLE',
  'NO_CREDENTIALS',
  'BAD_ACCESS_KEY',
  'BAD_SECRET_KEY',
  'EXPIRED_TOKEN',
  'CLOCK_SKEW',
  'BUCKET_NOT_FOUND',
  'BUCKET_FORBIDDEN',
  'BUCKET_ELSEWHERE',
  'ENDPOINT_UNREACHABLE',
  'ENDPOINT_LOST',
  'ENDPOINT_NOT_S3',
  'ENDPOINT_TLS',
  'ENDPOINT_ERROR',
  'PROXY_REFUSED',
  'LOCKED',
  'LOCK_UNAVAILABLE',
  'LEASE_LOST',
  'LEASE_UNSUPPORTED',
  'REPORT_NOT_WRITABLE',
  'REPORT_UNREADABLE',
  'LOG_NOT_WRITABLE',
  'MANIFEST_FAILED',
  'PLAN_FAILED',
  'PLAN_NOT_FOUND',
  'PLAN_UNREADABLE',
  'PLAN_MISMATCH',
  'SHARDS_MISSING',
  'MANIFEST_UNREADABLE',
  'RUN_NOT_FOUND',
  'SCHEDULE_FAILED',
  'INTERNAL',
] as const;
export type FatalCode = (typeof FATAL_CODES)[number];

/**
 * Codes of errors that another try may not meet, with nothing changed: the endpoint is away, credentials are renewed elsewhere,
 * another run is at work, the time was over. An error of any other code comes again until somebody acts, unless it says so itself
 * (`temporary`). `MAX_TRANSFER` is not here: its user wants no more than so much sent.
 */
export const TEMPORARY_CODES: ReadonlySet<FatalCode> = new Set([
  'MAX_DURATION',
  'EXPIRED_TOKEN',
  'ENDPOINT_UNREACHABLE',
  'ENDPOINT_LOST',
  'LOCKED',
  'LEASE_LOST',
  'SHARDS_MISSING',
]);

const LIMITS: ReadonlySet<string> = new Set<FatalCode>(['MAX_TRANSFER', 'MAX_DURATION']);

/** Whether an error is no fault: the run has ended in order at a limit that the user has set. */
export function isLimit({ code }: { readonly code: string }): boolean {
  return LIMITS.has(code);
}

export interface BackupErrorOptions {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Whether another try may succeed with nothing changed. Default: as `TEMPORARY_CODES` says of the code. */
  readonly temporary?: boolean | undefined;
}

/** An error that ends the whole run. `message` says what was wrong and where; `hint` says what to do about it. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: FatalCode;
  readonly hint: string | undefined;
  /** Whether another try may succeed with nothing changed: the endpoint is away, or another run is at work. */
  readonly temporary: boolean;

  constructor(code: FatalCode, message: string, { hint, cause, temporary }: BackupErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.temporary = temporary ?? TEMPORARY_CODES.has(code);
  }
}

/** The `code` of a Node.js system error (`ENOENT`, `EACCES`, ...), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Converts a thrown value to the BackupError that ends the run: `INTERNAL` unless it is one already. */
export function fatalOf(error: unknown): BackupError {
  return error instanceof BackupError
    ? error
    : new BackupError('INTERNAL', messageOf(error), { cause: error });
}

/** Makes a message from a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message of a system error without its path, which leads through a descriptor and means nothing to the user. */
export function systemMessage(error: unknown): string {
  return messageOf(error).replace(/ '\/proc\/self\/fd\/.*$/s, '');
}
