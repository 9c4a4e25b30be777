import { BackupError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { RunControl } from '../flow/run-control.ts';
import { readManifest } from '../manifest/read-manifest.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { accessErrorFrom } from '../s3/access.ts';
import type { Store } from '../s3/store.ts';

interface RecordOptions {
  readonly store: Store;
  readonly bucket: string;
  readonly prefix: string;
  readonly logger: Logger;
  readonly control: RunControl;
}

/**
 * Reads the manifest of a run.
 *
 * @param run As the option `run` names it.
 * @returns undefined if this run is stopped meanwhile
 * @throws BackupError if the manifest is missing or unreadable
 */
export async function recordUnlessStopped(
  run: string,
  { store, bucket, prefix, logger, control }: RecordOptions,
): Promise<RunRecord | undefined> {
  try {
    const record = await readManifest(store, prefix, run);
    if (record.bucket !== store.bucket)
      logger.warn(
        { operation: 'start', bucket, recorded: record.bucket },
        'that run stored in another bucket; what this one has of it is restored',
      );
    if (record.isUnfinished)
      logger.warn(
        { operation: 'start', run: record.run },
        'that run has stored no manifest: it was killed, or is still at work; what it has recorded is restored',
      );
    return record;
  } catch (error) {
    if (control.aborting.aborted) return undefined;
    throw error instanceof BackupError ? error : accessErrorFrom(error, store);
  }
}
