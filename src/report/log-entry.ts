import type { Logger } from '../core/logger.ts';
import type { Fate, ItemCode } from '../core/outcomes.ts';
import { type FileEntry, failedToDelete } from './report.ts';

/** Codes with which the stage filter skips a file. */
const SKIPPED_BY_FILTER: ReadonlySet<ItemCode> = new Set([
  'EXCLUDED',
  'TOO_YOUNG',
  'TOO_OLD',
  'TOO_SMALL',
  'TOO_BIG',
]);

const DONE: Readonly<Partial<Record<Fate, string>>> = {
  deleted: 'file proved and deleted here',
  kept: 'file proved',
  unchanged: 'file was there already, proved',
};

/**
 * Writes the log line of one file. A failed file is an error, except one that was left undone because the run stopped. The line
 * of a skipped file has level debug, so it needs --verbose.
 */
export function logEntry(logger: Logger, entry: FileEntry): void {
  const { path, key, size, fate, proof, code, reason, attempts, resumed_bytes: resumed } = entry;
  if (code === 'INTERRUPTED' || code === 'RUN_FAILED') {
    logger.info({ operation: 'upload', path, code, reason }, 'file not done');
  } else if (fate === 'failed') {
    const operation = failedToDelete(entry) ? 'delete' : 'upload';
    logger.error({ operation, path, key, code, reason, attempts }, 'file failed');
  } else if (code === 'OWN_FILE') {
    // At level info, since a file with a reserved name is usually a mistake that the user should see.
    logger.info({ operation: 'filter', path, code, reason }, 'file with a reserved name skipped');
  } else if (fate === 'skipped') {
    const operation = code !== null && SKIPPED_BY_FILTER.has(code) ? 'filter' : 'scan';
    logger.debug({ operation, path, code, reason }, 'file skipped');
  } else if (code === 'SIZE_AND_TIME') {
    logger.debug({ operation: 'compare', path, key, bytes: size, code, reason }, 'file unchanged');
  } else {
    const operation = fate === 'deleted' ? 'delete' : 'upload';
    const bytes = { bytes: size, ...(resumed > 0 && { resumed }) };
    logger.info({ operation, fate, path, key, ...bytes, proof, attempts }, DONE[fate] ?? '');
  }
}
