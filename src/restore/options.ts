import * as v from 'valibot';
import type { Logger } from '../core/logger.ts';
import {
  boolean,
  nonEmptyString,
  number,
  type OptionSchemas,
  optional,
  string,
  strings,
} from '../core/option-schemas.ts';
import type { FileEntry } from '../report/report.ts';
import { type Progress, RUN_SCHEMA } from '../run/options.ts';
import type { ObjectOptions } from '../s3/object-options.ts';
import { TRANSFER_SCHEMA } from '../s3/store-schema.ts';
import type { ArchiveRequest, EndpointOptions, StoreOptions } from '../s3/store-types.ts';
import type { RestoreOutcome } from './outcomes.ts';
import type { SelectionOptions } from './selection.ts';

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
  /** The folder to restore to; created if missing. */
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
  readonly onEntry?: ((entry: FileEntry<RestoreOutcome>) => void) | undefined;
  /** Counters that the run increases as it advances, for a progress display. */
  readonly progress?: Progress | undefined;
}

export const RESTORE_SCHEMA: OptionSchemas<RestoreOptions> = {
  ...RUN_SCHEMA,
  transport: TRANSFER_SCHEMA.transport,
  requesterPays: TRANSFER_SCHEMA.requesterPays,
  to: nonEmptyString,
  pattern: optional(v.union([string, strings], 'a string or a list of strings')),
  ownFiles: optional(strings),
  overwrite: optional(boolean),
  versionAt: optional(string),
  run: optional(string),
  links: optional(boolean),
  allowSetuid: optional(boolean),
  archiveDays: optional(number),
  archiveTier: optional(string),
};
