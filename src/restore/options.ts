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

/** Options of a restore. Only `bucket` and `to` are required. */
export interface RestoreOptions
  extends SelectionOptions,
    Omit<EndpointOptions, 'connections'>,
    Pick<StoreOptions, 'transport' | 'requesterPays'> {
  readonly bucket: string;
  /** Prefix of the backup's keys; not part of the paths. Default ''. */
  readonly prefix?: string | undefined;
  /** Customer's key (SSE-C) with which the objects are encrypted. Default: none. */
  readonly object?: Pick<ObjectOptions, 'customerKey'> | undefined;
  /** How long to wait while the endpoint cannot be reached, in seconds. Default 900. */
  readonly maxOutageSeconds?: number | undefined;
  /** Folder to restore to; created if missing. */
  readonly to: string;
  /** Whether local files that differ are replaced. Default false: the local file stays and the object fails. */
  readonly overwrite?: boolean | undefined;
  /** Time of the wanted state of the bucket: ISO 8601 with a zone, or a date (its first moment in UTC). Default: now. */
  readonly versionAt?: string | undefined;
  /**
   * Restores what this run stored, according to its manifest: `latest`, the run's id, the beginning of the id, or its last eight
   * digits. Cannot be combined with `versionAt`. Default: restores the objects below the prefix.
   */
  readonly run?: string | undefined;
  /** Whether objects that hold the target of a symbolic link (`.rclonelink`) become links. Default false: they become files. */
  readonly links?: boolean | undefined;
  /**
   * Whether files get their setuid, setgid and sticky bits back, if this process is root and the owner is known. Anybody who may
   * write to the bucket chooses these bits. Default false.
   */
  readonly allowSetuid?: boolean | undefined;
  /** Days for which S3 keeps the copy of an archived object. 1 to 365; default 7. */
  readonly archiveDays?: number | undefined;
  /** Retrieval tier for archived objects: `Expedited`, `Standard` or `Bulk`. Default `Standard`. */
  readonly archiveTier?: ArchiveRequest['tier'] | undefined;
  /**
   * Whether an object that cannot be proved counts as incomplete, and one whose ETag looks like a digest but differs from that of
   * the content is refused. Default true.
   */
  readonly requireProof?: boolean | undefined;
  /** How long to wait for another run on the same folder, on a parent of it or on one in it, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /** Whether nothing is written and only the plan is reported. Default false. */
  readonly dryRun?: boolean | undefined;
  /**
   * Part size with which the backup sent large files, in bytes; used if the store does not report it. 5 MiB to 5 GiB; default
   * 8 MiB.
   */
  readonly partSizeBytes?: number | undefined;
  /** Number of objects fetched at the same time, 1 to 256. Default: adapts to the store's speed. */
  readonly concurrency?: number | undefined;
  /** Limit for content in memory, in bytes; at least 32 MiB. Default 128 MiB. */
  readonly memoryBytes?: number | undefined;
  /** An abort stops the run in order: nothing new begins, and objects in flight get 5 s to finish. */
  readonly signal?: AbortSignal | undefined;
  /** Default: no log. */
  readonly logger?: Logger | undefined;
  /** Called once per settled object, in that order. An error that it throws stops the run with `INTERNAL`. */
  readonly onEntry?: ((entry: FileEntry<RestoreOutcome>) => void) | undefined;
  /** Counters that the run increases as it advances, for a progress display. */
  readonly progress?: Progress | undefined;
}

/** Types of the restore options, for their check at the start. */
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
