import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import type { KeyFolding } from '../core/key-collisions.ts';
import type { Logger } from '../core/logger.ts';
import { silent } from '../core/logger.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import type { FileEntry } from '../report/report.ts';
import type { ObjectOptions } from '../s3/object-options.ts';
import { requireNoContradiction } from '../s3/option-rules.ts';
import { PARTS_IN_MEMORY } from '../s3/parts.ts';
import type { EndpointOptions, StoreOptions } from '../s3/store-types.ts';
import { Selection, type SelectionOptions } from '../selection/selection.ts';
import type { Compare } from '../source/last-change.ts';
import { type Source, sourceRoots } from '../source/places.ts';
import { isFilesystemRoot, type SourceRoot } from '../source/root.ts';
import { untrustedFolder } from '../source/trusted-path.ts';
import type { Overwrite } from '../stages/compare.ts';
import type { DeleteSourceOptions } from '../stages/delete-source.ts';
import type { ListOptions } from '../stages/list.ts';
import type { Strength } from '../stages/verify.ts';
import { allowedDeletions, type Deletions, type MaxDelete } from './delete-limit.ts';
import { BACKUP_FORM } from './option-forms.ts';

const MIB = 1024 * 1024;
/** A hundred years. */
const MOST_OUTAGE_SECONDS = 36_500 * 86_400;

/** What a run does. Only `source` and `bucket` are needed. */
export interface BackupOptions
  extends SelectionOptions,
    Omit<EndpointOptions, 'connections'>,
    Pick<StoreOptions, 'checksum' | 'transport' | 'wholeMd5' | 'signPayload' | 'resume' | 'requesterPays'>,
    Pick<StoreOptions, 'completionLookSeconds'>,
    Pick<DeleteSourceOptions, 'deleteHardLinks' | 'deleteOpenFiles'> {
  /**
   * The folder to back up, or several. The keys of several begin, behind the prefix, with the name of their folder or with a
   * prefix of its own, and so do their paths in the report.
   */
  readonly source: string | readonly Source[];
  readonly bucket: string;
  /** What keys begin with; a `/` is put after it. Default ''. */
  readonly prefix?: string | undefined;
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
  /** Whether a file without a proof fails; else it is kept, and never deleted. Default true. */
  readonly requireProof?: boolean | undefined;
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
  /** How long to wait for another run whose source or destination overlaps, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /**
   * Most files that a run with deletion may delete, as a number or a share of the files that it comes upon (`10%`). They are
   * counted before anything is sent, and the run ends with `MAX_DELETE` if there are more. Default: no limit.
   */
  readonly maxDelete?: MaxDelete | undefined;
  /** Whether a run that has nothing to back up ends with `NOTHING_FOUND`. Default false: it succeeds, with a warning. */
  readonly failIfEmpty?: boolean | undefined;
  /** Whether folders that this run has emptied are removed. Default true; without deletion nothing is. */
  readonly removeEmptyDirectories?: boolean | undefined;
  /** Whether to say only what would be done. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Files uploaded at once, 1 to 256. Default: as many as the store is best at, found out on the way. */
  readonly concurrency?: number | undefined;
  /** Files above this go up in parts of at least this size. 5 MiB to 5 GiB; default 8 MiB. */
  readonly partSizeBytes?: number | undefined;
  /** The most bytes of content in memory at once; at least 2 parts. Default 128 MiB. */
  readonly memoryBytes?: number | undefined;
  /**
   * How long the run waits for an endpoint that is away as a whole, in seconds, before it ends with `ENDPOINT_LOST`.
   * Default 900; 0 does not wait: every file in work fails by itself.
   */
  readonly maxOutageSeconds?: number | undefined;
  /** Processes that the work is spread over, 1 to 64. Default 1: all in this one. `memoryBytes` and `concurrency` are for all. */
  readonly processes?: number | undefined;
  /** Whether what the run did is stored beside the files, as `.s3-backup/runs/...` below the prefix. Default false. */
  readonly manifest?: boolean | undefined;
  /** Stops the run in order: nothing new is begun, what is in flight has 5 s to finish. */
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger | undefined;
  /** Told of every file's end, in the order in which they come. What it throws stops the run in order: `INTERNAL`. */
  readonly onEntry?: ((entry: FileEntry) => void) | undefined;
  /** Counted up while the run goes on, for whoever shows it. */
  readonly progress?: Progress | undefined;
}

export interface Progress {
  /** Files that have come to their end. */
  files: number;
  failed: number;
  /** Bytes that were read. */
  bytes: number;
  /** Whether the run waits because the endpoint is away. */
  isAway?: boolean;
}

/** The options as they are meant: checked, with every default filled in. */
export interface ResolvedOptions extends BackupOptions {
  /** The folder that the stages work on: one of `roots`. */
  readonly root: SourceRoot;
  readonly roots: readonly [SourceRoot, ...SourceRoot[]];
  readonly selection: Selection;
  readonly prefix: string;
  readonly deleteAfterUpload: boolean;
  readonly removeEmptyDirectories: boolean;
  readonly overwrite: Overwrite;
  readonly compare: Compare;
  readonly onChange: NonNullable<BackupOptions['onChange']>;
  readonly keyFolding: KeyFolding;
  /** Folded keys that more than one file has; found before the first upload. */
  readonly collisions?: ReadonlySet<string> | undefined;
  /** Whether the files of a list are moved: then those of them that an earlier run has moved are no failures. */
  readonly isMovedList: boolean;
  /** How many files may be deleted; found out before the first upload. */
  readonly deletions?: Deletions | undefined;
  readonly dryRun: boolean;
  readonly partSizeBytes: number;
  readonly memoryBytes: number;
  readonly maxAttempts: number;
  readonly maxOutageSeconds: number;
  readonly processes: number;
  readonly logger: Logger;
  readonly progress: Progress;
}

/** @throws BackupError that names the option, its value and what is allowed; or that the source cannot be used */
export function resolveOptions(options: BackupOptions): ResolvedOptions {
  requireOptions('backup', BACKUP_FORM, options);
  requireNoContradiction(options);
  const roots = sourceRoots(options.source);
  if (options.list && roots.length > 1)
    throw new BackupError('BAD_OPTION', 'A list is about one source, and there are several.', {
      hint: 'Name one source, or leave the list out.',
    });
  const deleteAfterUpload = options.deleteAfterUpload ?? false;
  if (deleteAfterUpload) roots.forEach(requireMovable);
  if (options.maxDelete !== undefined) allowedDeletions(options.maxDelete, 0);
  const partSizeBytes = inRange(options, 'partSizeBytes', 8 * MIB, 5 * MIB, 5 * 1024 * MIB);
  return Object.freeze({
    ...checked(options),
    root: roots[0],
    roots,
    selection: new Selection(options),
    prefix: normalPrefix(options.prefix ?? ''),
    deleteAfterUpload,
    removeEmptyDirectories: options.removeEmptyDirectories ?? true,
    overwrite: options.overwrite ?? (deleteAfterUpload ? 'never' : 'if-different'),
    compare: compareOf(options, deleteAfterUpload),
    onChange: options.onChange ?? 'retry',
    keyFolding: options.keyFolding ?? 'none',
    dryRun: options.dryRun ?? false,
    isMovedList: deleteAfterUpload && options.list !== undefined,
    concurrency: options.concurrency === undefined ? undefined : inRange(options, 'concurrency', 16, 1, 256),
    partSizeBytes,
    memoryBytes: inRange(options, 'memoryBytes', 128 * MIB, PARTS_IN_MEMORY * partSizeBytes, 2 ** 50),
    ...patience(options),
    completionLookSeconds: inRange(options, 'completionLookSeconds', 300, 0, 86_400),
    processes: inRange(options, 'processes', 1, 1, 64),
    logger: options.logger ?? silent,
    progress: options.progress ?? { files: 0, failed: 0, bytes: 0 },
  });
}

/** The same for one of the folders. */
export function optionsOf(options: ResolvedOptions, root: SourceRoot): ResolvedOptions {
  return { ...options, root, prefix: options.prefix + (root.label ?? '') };
}

function requireMovable(root: SourceRoot): void {
  if (isFilesystemRoot(root)) {
    throw new BackupError('SOURCE_IS_ROOT', `The source is ${root.path} and deletion is on.`, {
      hint: 'Name the folder that is to be moved; a whole file system is only ever copied.',
    });
  }
  const untrusted = untrustedFolder(root);
  if (untrusted === undefined) return;
  throw new BackupError('SOURCE_UNTRUSTED', `The source is ${root.path}, deletion is on, and ${untrusted}.`, {
    hint: 'Somebody else could put another folder in its place. Correct the owner or mode, or run as its owner.',
  });
}

function compareOf({ compare, overwrite, verify }: BackupOptions, deletes: boolean): Compare {
  if (deletes || overwrite === 'always') return 'checksum';
  return compare ?? (verify === 'download' ? 'checksum' : 'auto');
}

type Patience = Pick<BackupOptions, 'maxAttempts' | 'maxOutageSeconds' | 'bytesPerSecond'>;

/** How requests are made, whatever they are for. @throws BackupError `BAD_OPTION` */
export function patience(options: Patience) {
  return {
    maxAttempts: inRange(options, 'maxAttempts', 5, 1, 20),
    maxOutageSeconds: inRange(options, 'maxOutageSeconds', 900, 0, MOST_OUTAGE_SECONDS),
    bytesPerSecond: limitOf(options),
  };
}

function limitOf({ bytesPerSecond }: Patience): BackupOptions['bytesPerSecond'] {
  if (bytesPerSecond === undefined || typeof bytesPerSecond === 'function' || bytesPerSecond > 0) {
    return bytesPerSecond;
  }
  throw new BackupError('BAD_OPTION', `bytesPerSecond is ${bytesPerSecond}; allowed is more than 0.`);
}

/** @throws BackupError `BAD_OPTION` where an option is no whole number in this range */
export function inRange<N extends string>(
  options: { readonly [K in N]?: number | undefined },
  name: N,
  fallback: number,
  least: number,
  most: number,
): number {
  const value = options[name] ?? Math.max(fallback, least);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new BackupError(
    'BAD_OPTION',
    `${name} is ${value}; allowed are whole numbers from ${least} to ${most}.`,
  );
}
