import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { type Logger, silent } from '../core/logger.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import { inRange, type Progress, patience } from '../run/options.ts';
import { isDirectoryBucket } from '../s3/directory-bucket.ts';
import type { ArchiveRequest } from '../s3/store-types.ts';
import { RESTORE_SCHEMA, type RestoreOptions } from './options.ts';
import { RestoreSelection } from './selection.ts';
import { locateTarget, type TargetRoot } from './target.ts';
import { parseMoment } from './version-at.ts';

const MIB = 1024 * 1024;

/** Validated options with every default filled in. */
export interface ResolvedRestore extends Omit<RestoreOptions, 'versionAt'> {
  readonly target: TargetRoot;
  readonly prefix: string;
  readonly selection: RestoreSelection;
  /** Time of the wanted state in milliseconds since 1970; undefined for the current one. */
  readonly versionAt: number | undefined;
  readonly archive: { readonly days: number; readonly tier: ArchiveRequest['tier'] };
  readonly requireProof: boolean;
  readonly dryRun: boolean;
  readonly memoryBytes: number;
  readonly maxAttempts: number;
  readonly maxOutageSeconds: number;
  readonly logger: Logger;
  readonly progress: Progress;
}

/**
 * Validates the options of a restore and fills in the defaults. Touches nothing.
 *
 * @throws BackupError `BAD_OPTION`, which names the option, its value and what is allowed; `TARGET_NOT_A_FOLDER` or
 * `TARGET_UNUSABLE`
 */
export function resolveRestore(options: RestoreOptions): ResolvedRestore {
  requireOptions('restore', RESTORE_SCHEMA, options);
  if (isDirectoryBucket(options.bucket)) {
    throw new BackupError(
      'BAD_OPTION',
      `${options.bucket} is a directory bucket; restores need one that lists in order.`,
      {
        hint: 'Copy the objects to a general purpose bucket, or read them with another tool.',
      },
    );
  }
  const { versionAt, run, dryRun = false } = options;
  if (run !== undefined && versionAt !== undefined) {
    throw new BackupError(
      'BAD_OPTION',
      `run (${JSON.stringify(run)}) and versionAt (${JSON.stringify(versionAt)}) name two states of the bucket.`,
      { hint: 'Give one of the two, not both.' },
    );
  }
  const days = inRange(options, 'archiveDays', 7, 1, 365);
  return Object.freeze({
    ...checked(options),
    prefix: normalPrefix(options.prefix ?? ''),
    selection: new RestoreSelection(options),
    versionAt: versionAt === undefined ? undefined : parseMoment(versionAt),
    archive: { days, tier: tierOf(options) },
    requireProof: options.requireProof ?? true,
    dryRun,
    concurrency: options.concurrency === undefined ? undefined : inRange(options, 'concurrency', 16, 1, 256),
    partSizeBytes: inRange(options, 'partSizeBytes', 8 * MIB, 5 * MIB, 5 * 1024 * MIB),
    memoryBytes: inRange(options, 'memoryBytes', 128 * MIB, 32 * MIB, 2 ** 50),
    ...patience(options),
    logger: options.logger ?? silent,
    progress: options.progress ?? { files: 0, failed: 0, bytes: 0 },
    target: locateTarget(options.to),
  });
}

function tierOf({ archiveTier = 'Standard' }: RestoreOptions): ArchiveRequest['tier'] {
  if (['Expedited', 'Standard', 'Bulk'].includes(archiveTier)) return archiveTier;
  throw new BackupError(
    'BAD_OPTION',
    `archiveTier is ${archiveTier}; allowed are Expedited, Standard and Bulk.`,
  );
}
