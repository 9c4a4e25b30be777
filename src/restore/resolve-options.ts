import { RESTORE_DEFAULTS, type WithDefaults, withDefaults } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { requireRange } from '../core/key-range.ts';
import { type Logger, silent } from '../core/logger.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import { inRange, patience } from '../run/options.ts';
import type { Progress } from '../run/progress.ts';
import { isDirectoryBucket } from '../s3/directory-bucket.ts';
import type { ArchiveRequest } from '../s3/store-types.ts';
import { RESTORE_SCHEMA, type RestoreOptions } from './options.ts';
import { RestoreSelection } from './selection.ts';
import { locateTarget, type TargetRoot } from './target.ts';
import { parseMoment } from './version-at.ts';

const MIB = 1024 * 1024;

/** Validated options with every default filled in. */
export interface ResolvedRestore
  extends WithDefaults<Omit<RestoreOptions, 'versionAt'>, typeof RESTORE_DEFAULTS> {
  readonly target: TargetRoot;
  readonly selection: RestoreSelection;
  /** Time of the wanted state in milliseconds since 1970; undefined for the current one. */
  readonly versionAt: number | undefined;
  readonly archive: { readonly days: number; readonly tier: ArchiveRequest['tier'] };
  readonly logger: Logger;
  readonly progress: Progress;
}

/**
 * Validates the options of a restore and fills in the defaults. Touches nothing.
 *
 * @throws BackupError `BAD_OPTION`, which names the option, its value and what is allowed; `TARGET_NOT_A_FOLDER` or
 * `TARGET_UNUSABLE`
 */
export function resolveRestore(given: RestoreOptions): ResolvedRestore {
  const options = requireOptions('restore', RESTORE_SCHEMA, given);
  if (isDirectoryBucket(options.bucket)) {
    throw new BackupError(
      'BAD_OPTION',
      `${options.bucket} is a directory bucket; restores need one that lists in order.`,
      {
        hint: 'Copy the objects to a general purpose bucket, or read them with another tool.',
      },
    );
  }
  const full = withDefaults(options, RESTORE_DEFAULTS);
  if (options.range) requireRange(options.range);
  const days = inRange(full, 'archiveDays', 1, 365);
  return Object.freeze({
    ...checked(full),
    prefix: normalPrefix(full.prefix),
    selection: new RestoreSelection(options),
    versionAt: momentOf(full),
    archive: { days, tier: tierOf(full) },
    ...limitsOf(full),
    ...patience(full),
    logger: options.logger ?? silent,
    progress: options.progress ?? { files: 0, failed: 0, bytes: 0 },
    target: locateTarget(options.to),
  });
}

/**
 * Time of the wanted state of the bucket in milliseconds since 1970; undefined for the current one, or the one that a run recorded.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function momentOf({ versionAt, run }: Pick<RestoreOptions, 'versionAt' | 'run'>): number | undefined {
  if (run !== undefined && versionAt !== undefined) {
    throw new BackupError(
      'BAD_OPTION',
      `run (${JSON.stringify(run)}) and versionAt (${JSON.stringify(versionAt)}) name two states of the bucket.`,
      { hint: 'Give one of the two, not both.' },
    );
  }
  return versionAt === undefined ? undefined : parseMoment(versionAt);
}

interface Limits {
  readonly concurrency?: number | undefined;
  readonly partSizeBytes: number;
  readonly memoryBytes: number;
}

/** The limits of a run that reads objects, validated. @throws BackupError `BAD_OPTION` */
export function limitsOf(options: Limits): Limits {
  const { concurrency } = options;
  return {
    concurrency: concurrency === undefined ? undefined : inRange({ concurrency }, 'concurrency', 1, 256),
    partSizeBytes: inRange(options, 'partSizeBytes', 5 * MIB, 5 * 1024 * MIB),
    memoryBytes: inRange(options, 'memoryBytes', 32 * MIB, 2 ** 50),
  };
}

function tierOf({ archiveTier }: { readonly archiveTier: ArchiveRequest['tier'] }): ArchiveRequest['tier'] {
  if (['Expedited', 'Standard', 'Bulk'].includes(archiveTier)) return archiveTier;
  throw new BackupError(
    'BAD_OPTION',
    `archiveTier is ${archiveTier}; allowed are Expedited, Standard and Bulk.`,
  );
}
