import { systemCode, systemMessage } from '../core/errors.ts';
import type { Fate, ItemCode } from '../core/outcomes.ts';

/** The error of one file that cannot be used. The stage that asked for the file settles its item with this error. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: ItemCode;

  constructor(code: ItemCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** The fate of the file: links and special files are skipped by design; everything else is a failure. */
  get fate(): Fate {
    return this.code === 'SYMBOLIC_LINK' || this.code === 'SPECIAL_FILE' ? 'skipped' : 'failed';
  }
}

/** Converts a system error to the SourceError for the requested file. */
export function sourceErrorFrom(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  switch (systemCode(error)) {
    case 'ENOENT':
      return new SourceError('NOT_FOUND', 'the file does not exist (any more)', error);
    case 'ELOOP':
      return new SourceError('SYMBOLIC_LINK', 'a symbolic link', error);
    case 'ENXIO':
      return new SourceError('SPECIAL_FILE', 'a FIFO, socket or device', error);
    default:
      return new SourceError('UNREADABLE', systemMessage(error), error);
  }
}
