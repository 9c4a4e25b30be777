import { RESTORE_FORM } from '../backup/option-forms.ts';
import { inRange, type Progress, patience } from '../backup/options.ts';
import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { type Logger, silent } from '../core/logger.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import type { FileEntry } from '../report/report.ts';
import { isDirectoryBucket } from '../s3/directory-bucket.ts';
import type { ObjectOptions } from '../s3/object-options.ts';
import type { ArchiveRequest, EndpointOptions, StoreOptions } from '../s3/store-types.ts';
import type { RestoreEnd } from './item.ts';
import { RestoreSelection, type SelectionOptions } from './selection.ts';
import { locateTarget, type TargetRoot } from './target.ts';
import { momentOf } from './version-at.ts';

const MIB = 1024 * 1024;

/** What a restore does. Only `bucket` and `to` are needed. */
export interface RestoreOptions
  extends SelectionOptions,
    Omit<EndpointOptions, 'connections'>,
    Pick<StoreOptions, 'transport' | 'requesterPays'> {
  readonly bucket: string;
  /** What the keys of the backup begin with; it is no part of the paths. Default ''. */
  readonly prefix?: string | undefined;
  /** As for a backup; only the customer's key of it is of use here. */
  readonly object?: Pick<ObjectOptions, 'customerKey'> | undefined;
  /** How long to wait for an endpoint that is away as a whole, in seconds. Default 900. */
  readonly maxOutageSeconds?: number | undefined;
  /** The folder to restore to; made where it is missing. */
  readonly to: string;
  /** Whether local files that differ are replaced. Default false: they stay, and the object fails. */
  readonly overwrite?: boolean | undefined;
  /** The state of the bucket that is wanted: ISO 8601 with a zone, or a date, its first moment in UTC. Default: the present one. */
  readonly versionAt?: string | undefined;
  /**
   * What is wanted is what this run has stored, as its manifest says: `latest`, the run's id, the beginning of it, or its last
   * eight digits. Not together with `versionAt`. Default: what is below the prefix.
   */
  readonly run?: string | undefined;
  /** Whether objects that hold the target of a symbolic link (`.rclonelink`) become links. Default false: they become files. */
  readonly links?: boolean | undefined;
  /**
   * Whether files get their setuid, setgid and sticky bits back, if root restores and their owner is known. Whoever may write
   * to the bucket chooses these bits. Default false.
   */
  readonly allowSetuid?: boolean | undefined;
  /** Days for which archived objects are asked for. 1 to 365; default 7. */
  readonly archiveDays?: number | undefined;
  /** How fast archived objects are asked for. Default `Standard`. */
  readonly archiveTier?: ArchiveRequest['tier'] | undefined;
  /**
   * Whether an object that cannot be proved counts as not done, and one whose ETag looks like a digest and is not that of
   * the content is refused. Default true.
   */
  readonly requireProof?: boolean | undefined;
  /** How long to wait for another run on the same folder, one in it or one that holds it, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /** Whether to say only what would be done. Default false. */
  readonly dryRun?: boolean | undefined;
  /**
   * Of the parts in which the backup sent large files, in bytes; tried where the store tells of no parts. 5 MiB to 5 GiB;
   * default 8 MiB.
   */
  readonly partSizeBytes?: number | undefined;
  /** Objects in flight at once, 1 to 256. Default: as many as the store is best at, found out on the way. */
  readonly concurrency?: number | undefined;
  /** The most bytes of content in memory at once; at least 32 MiB. Default 128 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Stops the run in order: nothing new is begun, what is in flight has 5 s to finish. */
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger | undefined;
  /** Told of every object's end, in the order in which they come. What it throws stops the run in order: `INTERNAL`. */
  readonly onEntry?: ((entry: FileEntry<RestoreEnd>) => void) | undefined;
  /** Counted up while the run goes on, for whoever shows it. */
  readonly progress?: Progress | undefined;
}

/** The options as they are meant: checked, with every default filled in. */
export interface ResolvedRestore extends Omit<RestoreOptions, 'versionAt'> {
  readonly target: TargetRoot;
  readonly prefix: string;
  readonly selection: RestoreSelection;
  /** Milliseconds since 1970. */
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

/** @throws BackupError that names the option, its value and what is allowed; or that the folder cannot be used */
export function resolveRestore(options: RestoreOptions): ResolvedRestore {
  requireOptions('restore', RESTORE_FORM, options);
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
    versionAt: versionAt === undefined ? undefined : momentOf(versionAt),
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
