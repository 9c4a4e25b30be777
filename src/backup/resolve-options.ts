import { BackupError } from '../core/errors.ts';
import type { KeyFolding } from '../core/fold-key.ts';
import { normalPrefix } from '../core/key.ts';
import { type Logger, silent } from '../core/logger.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import { inRange, type Progress, patience } from '../run/options.ts';
import { requireNoContradiction } from '../s3/option-rules.ts';
import { PARTS_IN_MEMORY } from '../s3/parts.ts';
import { Selection } from '../selection/selection.ts';
import type { Compare } from '../source/last-change.ts';
import { isFilesystemRoot, type SourceRoot } from '../source/root.ts';
import { sourceRoots } from '../source/sources.ts';
import { untrustedFolder } from '../source/trusted-path.ts';
import type { Overwrite } from '../stages/compare.ts';
import { allowedDeletions, type Deletions } from './delete-limit.ts';
import { BACKUP_SCHEMA, type BackupOptions } from './options.ts';

const MIB = 1024 * 1024;

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
  requireOptions('backup', BACKUP_SCHEMA, options);
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
