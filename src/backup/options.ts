import * as v from 'valibot';
import type { KeyFolding } from '../core/fold-key.ts';
import {
  boolean,
  bytes,
  nonEmptyString,
  number,
  type OptionSchemas,
  objectOf,
  oneOf,
  optional,
  string,
} from '../core/option-schemas.ts';
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

/** What a run does. Only `source` and `bucket` are needed. */
export interface BackupOptions
  extends RunOptions<FileEntry>,
    SelectionOptions,
    Pick<StoreOptions, 'checksum' | 'wholeMd5' | 'signPayload' | 'resume' | 'completionLookSeconds'>,
    Pick<DeleteSourceOptions, 'deleteHardLinks' | 'deleteOpenFiles'> {
  /**
   * The folder to back up, or several. The keys of several begin, behind the prefix, with the name of their folder or with a
   * prefix of its own, and so do their paths in the report.
   */
  readonly source: string | readonly Source[];
  /** A list of files to take instead of walking the folder. */
  readonly list?: Pick<ListOptions, 'input' | 'separator'> | undefined;
  readonly object?: ObjectOptions | undefined;
  /** Whether a file is deleted here once S3 has proved that it holds it. Default false. */
  readonly deleteAfterUpload?: boolean | undefined;
  /** What becomes of an object under the key that has other content. Default `if-different`; with deletion `never`. */
  readonly overwrite?: Overwrite | undefined;
  /**
   * What tells that a file need not be read because it has not changed since it was stored. `auto`: size, mtime and
   * ctime; `size-mtime`: not ctime; `checksum`: nothing does. Default `auto`; `checksum` where every byte is to be read
   * back (`verify: 'download'`), and always with deletion or `overwrite: 'always'`.
   */
  readonly compare?: Compare | undefined;
  /** How strong a proof is asked for. Default `auto`. */
  readonly verify?: Strength | undefined;
  /** What becomes of a file that changes while it is in work. Default `retry`: twice, then it fails. */
  readonly onChange?: 'retry' | 'skip' | 'fail' | undefined;
  /**
   * `follow`: files that symbolic links point to are uploaded under the link's name. `store`: links are uploaded as
   * rclone does with `--links`, as small objects that say where they lead. Neither is deleted. Default `skip`.
   */
  readonly links?: 'skip' | 'follow' | 'store' | undefined;
  /** Whether other file systems below the source are left out. Default false. */
  readonly oneFileSystem?: boolean | undefined;
  /** Which differences between keys the store does not see. Default `none`. */
  readonly keyFolding?: KeyFolding | undefined;
  /**
   * Most files that a run with deletion may delete, as a number or a share of the files that it finds (`10%`). They are
   * counted before anything is sent, and the run ends with `MAX_DELETE` if there are more. Default: no limit.
   */
  readonly maxDelete?: MaxDelete | undefined;
  /** Whether a run that has nothing to back up ends with `NOTHING_FOUND`. Default false: it succeeds, with a warning. */
  readonly failIfEmpty?: boolean | undefined;
  /** Whether folders that this run has emptied are removed. Default true; without deletion nothing is. */
  readonly removeEmptyDirectories?: boolean | undefined;
  /** Processes that the work is spread over, 1 to 64. Default 1: all in this one. `memoryBytes` and `concurrency` are for all. */
  readonly processes?: number | undefined;
  /** Whether what the run did is stored beside the files, as `.s3-backup/runs/...` below the prefix. Default false. */
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
  list: optional(objectOf({ input: bytes, separator: schemas.separator })),
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
