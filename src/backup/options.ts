import * as v from 'valibot';
import type { KeyFolding } from '../core/fold-key.ts';
import type { KeyRange } from '../core/key-range.ts';
import {
  boolean,
  bytes,
  callback,
  nonEmptyString,
  number,
  type OptionSchemas,
  objectOf,
  oneOf,
  optional,
  string,
} from '../core/option-schemas.ts';
import type { ShardId } from '../core/shard.ts';
import type { FileEntry } from '../report/report.ts';
import { RUN_SCHEMA, type RunOptions } from '../run/options.ts';
import type { ObjectOptions } from '../s3/object-options.ts';
import { OBJECT_SCHEMA, TRANSFER_SCHEMA } from '../s3/store-schema.ts';
import type { StoreOptions } from '../s3/store-types.ts';
import type { SelectionOptions } from '../selection/selection.ts';
import { SELECTION_SCHEMA } from '../selection/selection-schema.ts';
import type { Compare } from '../source/last-change.ts';
import type { Source } from '../source/sources.ts';
import type { Overwrite } from '../stages/compare.ts';
import type { DeleteSourceOptions } from '../stages/delete-source.ts';
import type { ListOptions } from '../stages/list.ts';
import * as schemas from '../stages/option-schemas.ts';
import type { Strength } from '../stages/verify.ts';
import type { MaxDelete } from './delete-limit.ts';
import type { MovePlan } from './move-plan.ts';

/** Options of a backup. Only `source` and `bucket` are required. */
export interface BackupOptions
  extends RunOptions<FileEntry>,
    SelectionOptions,
    Pick<StoreOptions, 'checksum' | 'wholeMd5' | 'signPayload' | 'resume' | 'completionLookSeconds'>,
    Pick<DeleteSourceOptions, 'deleteHardLinks' | 'deleteOpenFiles'> {
  /**
   * The folder to back up, or several. With several, the keys have the name of their folder, or a prefix of its own, behind the
   * run's prefix; the paths in the report begin with it, too.
   */
  readonly source: string | readonly Source[];
  /** A list of files to take instead of walking the folder. */
  readonly list?: Pick<ListOptions, 'input' | 'separator'> | undefined;
  /**
   * Works only on files whose keys, without the run's prefix, are in this range. Runs with ranges that meet share the files of one
   * source among them: each file belongs to exactly one. Cannot be combined with `list` or `keyFolding`, which need all files.
   * Default: all files.
   */
  readonly range?: KeyRange | undefined;
  /**
   * What keeps other runs off the same files and objects while this one is at work. `machine`: a lock, which runs of this user on this
   * machine see. `bucket`: besides it a lease, an object below the prefix that runs on all machines see if they ask for it, too; a
   * shard of a plan has one of its own. The store must heed conditions on writes. Default `machine`; `bucket` for a shard.
   */
  readonly lock?: 'machine' | 'bucket' | undefined;
  /**
   * The shard of a stored plan whose work this run does, with the `range` of it: `shardOptions` sets both. Its exit codes are
   * always `temporary`, and the record of the run is always stored, as `.s3-backup/plans/<plan>/shards/<index>/runs/...` below the
   * prefix. Default: none.
   */
  readonly shard?: ShardId | undefined;
  readonly object?: ObjectOptions | undefined;
  /** Whether a file is deleted here once S3 has proved that it holds it. Default false. */
  readonly deleteAfterUpload?: boolean | undefined;
  /** What happens to an object that is under the key and has other content. Default `if-different`; with deletion `never`. */
  readonly overwrite?: Overwrite | undefined;
  /**
   * How a file is recognised that has not changed since it was stored, so that it is not read. `auto`: by size, mtime and
   * ctime; `size-mtime`: without ctime; `checksum`: every file is read. Default `auto`; `checksum` if every byte is read back
   * (`verify: 'download'`), and always with deletion or `overwrite: 'always'`.
   */
  readonly compare?: Compare | undefined;
  /** How strong a proof must be. Default `auto`. */
  readonly verify?: Strength | undefined;
  /** What happens to a file that changes while it is in work. Default `retry`: it is tried twice more, then it fails. */
  readonly onChange?: 'retry' | 'skip' | 'fail' | undefined;
  /**
   * `follow`: the files that symbolic links point to are uploaded under the links' names. `store`: links are uploaded as rclone
   * does with `--links`, as small objects that contain their targets. Neither is deleted. Default `skip`.
   */
  readonly links?: 'skip' | 'follow' | 'store' | undefined;
  /** Whether folders on other file systems than the source are left out. Default false. */
  readonly oneFileSystem?: boolean | undefined;
  /** The differences between keys that the store ignores. Default `none`. */
  readonly keyFolding?: KeyFolding | undefined;
  /**
   * Most files that a run with deletion may delete, as a number or a share of the files that it finds (`10%`). They are
   * counted before anything is sent, and the run ends with `MAX_DELETE` if there are more. Default: no limit.
   */
  readonly maxDelete?: MaxDelete | undefined;
  /**
   * Most bytes of content that a run sends, bodies that are sent again included. A file is begun only if it fits in whole; before
   * the first one that does not, the run ends with `MAX_TRANSFER`, and the next run continues. 0 or more; default: no limit.
   */
  readonly maxTransferBytes?: number | undefined;
  /**
   * Called before a run with deletion sends anything, with what it would delete. Unless it resolves to true, the run ends with
   * `NOT_CONFIRMED`, and no file is touched. Files are counted for it. Not called in a dry run, nor if no file would be deleted.
   * Default: the run begins at once.
   */
  readonly confirm?: ((move: MovePlan) => boolean | Promise<boolean>) | undefined;
  /**
   * When `confirm` is called. `first`: only if the bucket does not show that files have been moved to the prefix before, that is,
   * if nothing is stored below it, or only copies of files that are still here. Default `always`.
   */
  readonly confirmWhen?: 'always' | 'first' | undefined;
  /** Whether a run that has nothing to back up ends with `NOTHING_FOUND`. Default false: it succeeds, with a warning. */
  readonly failIfEmpty?: boolean | undefined;
  /**
   * Whether folders that this run has emptied are removed. Default true. Without deletion no folder is removed. A folder that
   * the `range` cuts stays while another run has files in it, since only an empty folder can be removed.
   */
  readonly removeEmptyDirectories?: boolean | undefined;
  /**
   * Number of processes that share the work, 1 to 64. Default 1: this process only. `memoryBytes` and `concurrency` are limits
   * for all of them together.
   */
  readonly processes?: number | undefined;
  /**
   * Whether a record of the run (manifest) is stored as `.s3-backup/runs/...` below the prefix. Files that are deleted are recorded
   * before that, in segments of it. Default false.
   */
  readonly manifest?: boolean | undefined;
}

const SOURCE = 'a string that is not empty, or a list of objects with folder and prefix';

export const BACKUP_SCHEMA: OptionSchemas<BackupOptions> = {
  ...RUN_SCHEMA,
  ...TRANSFER_SCHEMA,
  object: optional(objectOf(OBJECT_SCHEMA)),
  source: v.union(
    [nonEmptyString, v.array(objectOf({ folder: nonEmptyString, prefix: optional(string) }))],
    SOURCE,
  ),
  ...SELECTION_SCHEMA,
  failIfEmpty: optional(boolean),
  maxDelete: optional(v.union([number, string], 'a number, or a share such as "10%"')),
  maxTransferBytes: optional(number),
  confirm: optional(callback),
  confirmWhen: optional(oneOf(['always', 'first'])),
  list: optional(objectOf({ input: bytes, separator: schemas.separator })),
  range: schemas.range,
  lock: optional(oneOf(['machine', 'bucket'])),
  shard: schemas.shard,
  deleteAfterUpload: optional(boolean),
  deleteHardLinks: optional(boolean),
  deleteOpenFiles: optional(boolean),
  removeEmptyDirectories: optional(boolean),
  overwrite: optional(schemas.overwrite),
  compare: schemas.compare,
  verify: schemas.strength,
  onChange: optional(oneOf(['retry', 'skip', 'fail'])),
  links: schemas.links,
  oneFileSystem: optional(boolean),
  keyFolding: schemas.keyFolding,
  processes: optional(number),
  manifest: optional(boolean),
};
