import { BackupError } from '../../core/errors.ts';
import type { Failure } from './messages.ts';

/** An error's stack and cause stay where it was made: they can be anything. */
export function failureOf({ code, message, hint }: BackupError): Failure {
  return { code, message, hint };
}

export function errorOf({ code, message, hint }: Failure): BackupError {
  return new BackupError(code, message, hint === undefined ? {} : { hint });
}
