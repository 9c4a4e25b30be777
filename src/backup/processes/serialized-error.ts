import { BackupError } from '../../core/errors.ts';
import type { SerializedError } from './messages.ts';

/** Converts an error for a message. Stack and cause are left out: a cause can be a value that no message can hold. */
export function serializeError({ code, message, hint, temporary }: BackupError): SerializedError {
  return { code, message, hint, temporary };
}

/** Converts the error of a message back. */
export function deserializeError({ code, message, hint, temporary }: SerializedError): BackupError {
  return new BackupError(code, message, { hint, temporary });
}
