import * as v from 'valibot';
import type { KeyRange } from '../core/key-range.ts';
import {
  boolean,
  nonEmptyString,
  number,
  type OptionSchemas,
  objectOf,
  optional,
  string,
  strings,
} from '../core/option-schemas.ts';
import type { FileEntry } from '../report/report.ts';
import { RUN_SCHEMA, type RunOptions } from '../run/options.ts';
import type { ObjectOptions } from '../s3/object-options.ts';
import { OBJECT_SCHEMA } from '../s3/store-schema.ts';
import type { ArchiveRequest } from '../s3/store-types.ts';
import * as schemas from '../stages/option-schemas.ts';
import type { RestoreOutcome } from './outcomes.ts';
import type { RestoreSelectionOptions } from './selection.ts';

/** Options of a restore. Only `bucket` and `to` are required. */
export interface RestoreOptions extends RunOptions<FileEntry<RestoreOutcome>>, RestoreSelectionOptions {
  /** Customer's key (SSE-C) with which the objects are encrypted. Default: none. */
  readonly object?: Pick<ObjectOptions, 'customerKey'> | undefined;
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
  /**
   * Restores only objects whose keys, without the prefix, are in this range; other parts of the listing are not read. Restores
   * with ranges that share no key may work in one folder at the same time. To find nothing is then no failure, and a created
   * folder stays, since another restore may write into it. Default: all keys.
   */
  readonly range?: KeyRange | undefined;
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
}

/** Types of the restore options, for their check at the start. */
export const RESTORE_SCHEMA: OptionSchemas<RestoreOptions> = {
  ...RUN_SCHEMA,
  object: optional(objectOf(OBJECT_SCHEMA)),
  to: nonEmptyString,
  pattern: optional(v.union([string, strings], 'a string or a list of strings')),
  include: optional(strings),
  exclude: optional(strings),
  ownFiles: optional(strings),
  overwrite: optional(boolean),
  versionAt: optional(string),
  run: optional(string),
  range: schemas.range,
  links: optional(boolean),
  allowSetuid: optional(boolean),
  archiveDays: optional(number),
  archiveTier: optional(string),
};
