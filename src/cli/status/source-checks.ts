import type { BackupOptions } from '../../backup/options.ts';
import { resolveOptions } from '../../backup/resolve-options.ts';
import { requireLockPlace } from '../../lock/take-locks.ts';
import { namesOf } from '../../source/sources.ts';
import type { LoadedConfig } from '../config/index.ts';
import { missingSource } from '../session/options-from-settings.ts';
import { attempt, missingCheck } from './attempt.ts';
import type { Check } from './check.ts';
import { checkWriters } from './writers-check.ts';

/** Checks what a run needs on this machine: the source, a place for its lock, and with deletion on a view of open files. */
export async function sourceChecks(options: BackupOptions, config: LoadedConfig): Promise<Check[]> {
  return [
    missingCheck('source', missingSource(config)) ??
      (await attempt(
        'source',
        async () => `${namesOf(resolveOptions(withAnyBucket(options)).roots)} exists and is readable`,
      )),
    await attempt('lock', async () => `can be created in ${(await requireLockPlace()).join(', ')}`),
    ...(options.deleteAfterUpload && !options.deleteOpenFiles ? [checkWriters()] : []),
  ];
}

/** Fills in a bucket, so that the source can be checked without one. */
function withAnyBucket(options: BackupOptions): BackupOptions {
  return { ...options, bucket: options.bucket || 'none' };
}
