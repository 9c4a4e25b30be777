import { BackupError } from '../../core/errors.ts';
import type { SerializedError } from './messages.ts';

/** Stack and cause are left out: a cause can be any value, which a message between processes may not hold. */
export function serializeError({ code, message, hint }: BackupError): SerializedError {
  return { code, message, hint };
}

export function deserializeError({ code, message, hint }: SerializedError): BackupError {
  return new BackupError(code, message, hint === undefined ? {} : { hint });
}
