import type { Logger } from '../core/logger.ts';
import type { RestoreEntry } from './summary.ts';

/** Writes the log line of one object. The line of a skipped object has level debug, so it needs --verbose. */
export function logRestored(logger: Logger, entry: RestoreEntry): void {
  const { path, key, size, fate, proof, code, reason, attempts } = entry;
  const why = code === null ? {} : { code, reason };
  const fields = { operation: 'restore', path, key, ...why };
  if (code === 'INTERRUPTED' || code === 'RUN_FAILED') logger.info(fields, 'file not done');
  else if (fate === 'failed') logger.error({ ...fields, attempts }, 'file not restored');
  else if (fate === 'skipped') logger.debug(fields, 'object skipped');
  else if (fate === 'requested') logger.warn(fields, 'archived object asked for');
  else if (code !== null)
    logger.warn({ ...fields, bytes: size }, 'file restored, but not all is as it should be');
  else logger.info({ ...fields, bytes: size, proof, attempts }, `file ${fate}`);
}
