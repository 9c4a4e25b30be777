import { systemCode, systemMessage } from '../core/errors.ts';
import type { Reason } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { StoreError } from '../s3/store-error.ts';
import { SourceError } from '../source/source-error.ts';
import type { RestoreCode, RestoreOutcome } from './outcomes.ts';

/** One object could not be restored. The stage that catches it settles the object with its code. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
  readonly code: RestoreCode;

  constructor(code: RestoreCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Makes the error for a temporary file that another process moved or replaced. */
export function replacedError(): RestoreError {
  return new RestoreError('WRITE_FAILED', 'somebody else has replaced it before it was complete');
}

/** Makes the error for an object that is in work when the run is stopped. */
export function stoppedError({ reason: { code, reason } }: Pick<RunControl, 'reason'>): RestoreError {
  return new RestoreError(code, reason);
}

const SYSTEM_CODES: Readonly<Record<string, readonly [RestoreCode, string]>> = {
  ENOTDIR: ['PATH_CONFLICT', 'a file stands where a folder has to be'],
  EISDIR: ['PATH_CONFLICT', 'a folder stands where the file has to be'],
  ENOTEMPTY: ['PATH_CONFLICT', 'a folder stands where the file has to be'],
  ENAMETOOLONG: ['NAME_TOO_LONG', 'the system takes no path of this length'],
};

/**
 * Converts an error from below the target folder into the reason for which an object fails.
 *
 * @returns undefined for an error that does not concern a single file
 */
export function localReason(error: unknown): Reason<RestoreOutcome> | undefined {
  if (error instanceof RestoreError) return { code: error.code, reason: error.message };
  // Checked before the system's code: Linux reports ENOTDIR for a link, too, if a folder is opened.
  if (error instanceof SourceError && error.code === 'OUTSIDE_SOURCE')
    return { code: 'OUTSIDE_TARGET', reason: error.message };
  const cause = error instanceof SourceError && error.cause !== undefined ? error.cause : error;
  const system = isSystemError(cause) ? systemCode(cause) : undefined;
  const [known, text] = (system !== undefined && SYSTEM_CODES[system]) || [];
  if (known !== undefined) return { code: known, reason: text ?? '' };
  if (error instanceof SourceError) return sourceReason(error);
  return system === undefined ? undefined : { code: 'WRITE_FAILED', reason: systemMessage(error) };
}

/** Whether the operating system reported the error. Errors of the store and of Node.js have a code, but no number. */
function isSystemError(error: unknown): boolean {
  return typeof (error as { errno?: unknown } | undefined)?.errno === 'number';
}

function sourceReason({ code, message: reason }: SourceError): Reason<RestoreOutcome> {
  if (code === 'IS_A_FOLDER') return { code: 'PATH_CONFLICT', reason: SYSTEM_CODES.EISDIR?.[1] ?? '' };
  if (code === 'INTERRUPTED' || code === 'RUN_FAILED') return { code, reason };
  if (code === 'SYMBOLIC_LINK' || code === 'SPECIAL_FILE') return { code: 'LOCAL_FILE_DIFFERS', reason };
  return { code: code === 'UNREADABLE' ? 'UNREADABLE' : 'WRITE_FAILED', reason };
}

/** Whether an error means that another write of the object is under its key, so that reading it again may succeed. */
export function isAboutAnotherWrite(error: unknown): boolean {
  if (error instanceof RestoreError) return error.code === 'OBJECT_CHANGED';
  return (
    error instanceof StoreError && (error.code === 'PreconditionFailed' || error.code === 'InvalidRange')
  );
}
