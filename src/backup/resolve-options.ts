import { DEFAULTS, type WithDefaults, withDefaults } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { rangeBelow, requireRange } from '../core/key-range.ts';
import { type Logger, silent } from '../core/logger.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import { inRange, patience } from '../run/options.ts';
import type { Progress } from '../run/progress.ts';
import { requireNoContradiction } from '../s3/option-rules.ts';
import { Selection } from '../selection/selection.ts';
import type { Compare } from '../source/last-change.ts';
import { isFilesystemRoot, type SourceRoot } from '../source/root.ts';
import { sourceRoots } from '../source/sources.ts';
import { untrustedFolder } from '../source/trusted-path.ts';
import { allowedDeletions, type Deletions } from './delete-limit.ts';
import { memoryFor } from './memory-for.ts';
import { BACKUP_SCHEMA, type BackupOptions } from './options.ts';

/** Checked options with every default filled in. */
export interface ResolvedOptions extends WithDefaults<BackupOptions, typeof DEFAULTS> {
  /** The folder that the stages work on at present: one of `roots`. */
  readonly root: SourceRoot;
  readonly roots: readonly [SourceRoot, ...SourceRoot[]];
  readonly selection: Selection;
  /** Folded keys that more than one file would have. Undefined until the survey has found them, and if it is not needed. */
  readonly collisions?: ReadonlySet<string> | undefined;
  /** Whether the files of a list are moved. A listed file that an earlier run has moved is then no failure. */
  readonly isMovedList: boolean;
  /** Limit on deletions. Undefined until the survey has counted the files, and if there is no limit. */
  readonly deletions?: Deletions | undefined;
  readonly logger: Logger;
  readonly progress: Progress;
}

/**
 * Checks the options of a backup and fills in the defaults. Sends nothing and changes nothing.
 *
 * @throws BackupError `BAD_OPTION`, which names the option, its value and what is allowed; `SOURCE_...` if the source cannot
 * be used
 */
export function resolveOptions(given: BackupOptions): ResolvedOptions {
  const options = requireOptions('backup', BACKUP_SCHEMA, given);
  requireNoContradiction(options);
  const roots = sourceRoots(options.source);
  if (options.list && roots.length > 1)
    throw new BackupError('BAD_OPTION', 'A list of files needs a single source, and several were given.', {
      hint: 'Use one source, or omit the list.',
    });
  const full = withDefaults(options, DEFAULTS);
  if (options.range) requireUsableRange(full);
  const { deleteAfterUpload, concurrency, maxTransferBytes } = full;
  if (deleteAfterUpload) roots.forEach(requireMovable);
  if (options.maxDelete !== undefined) allowedDeletions(options.maxDelete, 0);
  if (maxTransferBytes !== undefined)
    inRange({ maxTransferBytes }, 'maxTransferBytes', 0, Number.MAX_SAFE_INTEGER);
  return Object.freeze({
    ...checked(full),
    root: roots[0],
    roots,
    selection: new Selection(options),
    prefix: normalPrefix(full.prefix),
    overwrite: options.overwrite ?? (deleteAfterUpload ? 'never' : DEFAULTS.overwrite),
    compare: compareOf(options, deleteAfterUpload),
    lock: options.lock ?? (options.shard ? 'bucket' : DEFAULTS.lock),
    isMovedList: deleteAfterUpload && options.list !== undefined,
    concurrency: concurrency === undefined ? undefined : inRange({ concurrency }, 'concurrency', 1, 256),
    ...memoryFor(full, options.memoryBytes),
    ...patience(full),
    completionLookSeconds: inRange(full, 'completionLookSeconds', 0, 86_400),
    processes: inRange(full, 'processes', 1, 64),
    logger: options.logger ?? silent,
    progress: options.progress ?? { files: 0, failed: 0, bytes: 0 },
  });
}

/** The options of a run for one of its folders: with this root, the prefix of its keys, and the range of its paths. */
export function optionsOf(options: ResolvedOptions, root: SourceRoot): ResolvedOptions {
  const { label = '' } = root;
  const range = options.range && rangeBelow(options.range, label);
  return { ...options, root, prefix: options.prefix + label, range };
}

/** @throws BackupError `BAD_OPTION` if the range ends before it begins, or another option needs the files outside it, too */
function requireUsableRange({
  range = {},
  list,
  keyFolding,
}: Pick<ResolvedOptions, 'range' | 'list' | 'keyFolding'>): void {
  requireRange(range);
  if (list)
    throw new BackupError(
      'BAD_OPTION',
      'A list of files and a range were given; only one of them is allowed.',
      {
        hint: 'Omit the range, or walk the folder instead of reading a list.',
      },
    );
  if (keyFolding !== DEFAULTS.keyFolding)
    throw new BackupError(
      'BAD_OPTION',
      `keyFolding is "${keyFolding}"; with a range only "none" is allowed.`,
      {
        hint: 'Files outside the range may have the same folded key. Omit the range, or the folding.',
      },
    );
}

function requireMovable(root: SourceRoot): void {
  if (isFilesystemRoot(root)) {
    throw new BackupError('SOURCE_IS_ROOT', `The source is ${root.path} and deletion is on.`, {
      hint: 'Use the folder that should be moved; a whole file system can only be copied.',
    });
  }
  const untrusted = untrustedFolder(root);
  if (untrusted === undefined) return;
  throw new BackupError('SOURCE_UNTRUSTED', `The source is ${root.path}, deletion is on, and ${untrusted}.`, {
    hint: 'Another user could replace it by another folder. Correct the owner or the mode, or run as its owner.',
  });
}

function compareOf({ compare, overwrite, verify }: BackupOptions, deletes: boolean): Compare {
  if (deletes || overwrite === 'always') return 'checksum';
  return compare ?? (verify === 'download' ? 'checksum' : DEFAULTS.compare);
}
