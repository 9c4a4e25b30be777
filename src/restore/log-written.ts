import type { Logger } from '../core/logger.ts';
import type { RestoreEntry } from './summary.ts';

/** Writes the log line of one object of `cat`. @param hasNoReader Whether nobody reads the output any more. */
export function logWritten(logger: Logger, entry: RestoreEntry, hasNoReader: boolean): void {
  const { path, key, size, fate, proof, code, reason, attempts } = entry;
  const why = code === null ? {} : { code, reason };
  const fields = { operation: 'cat', path, key, ...why };
  const isStopped = code === 'INTERRUPTED' || code === 'RUN_FAILED';
  if (fate === 'failed' && (isStopped || hasNoReader)) logger.info(fields, 'object not done');
  else if (fate === 'failed') logger.error({ ...fields, attempts }, 'cat stopped');
  else if (fate === 'skipped') logger.warn(fields, 'object left out');
  else if (code !== null) logger.warn({ ...fields, bytes: size }, 'object written without a proof');
  else logger.info({ ...fields, bytes: size, proof, attempts }, 'object written');
}
