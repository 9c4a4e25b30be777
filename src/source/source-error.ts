import { systemCode, systemMessage } from '../core/errors.ts';
import type { Fate, ItemCode } from '../core/outcomes.ts';

/** One file could not be used. Caught by the stage that asked, which settles the item with it. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: ItemCode;

  constructor(code: ItemCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** Links and special files are passed over by design; everything else is a failure. */
  get fate(): Fate {
    return this.code === 'SYMBOLIC_LINK' || this.code === 'SPECIAL_FILE' ? 'skipped' : 'failed';
  }
}

/** Turns a system error into what it means for the file that was asked for. */
export function sourceErrorFrom(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  switch (systemCode(error)) {
    case 'ENOENT':
      return new SourceError('NOT_FOUND', 'the file is not there (any more)', error);
    case 'ELOOP':
      return new SourceError('SYMBOLIC_LINK', 'a symbolic link', error);
    case 'ENXIO':
      return new SourceError('SPECIAL_FILE', 'a FIFO, socket or device', error);
    default:
      return new SourceError('UNREADABLE', systemMessage(error), error);
  }
}
