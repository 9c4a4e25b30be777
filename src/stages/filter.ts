import { lstatSync } from 'node:fs';
import { collides, type KeyFolding } from '../collisions.ts';
import { BackupError } from '../errors.ts';
import { extended } from '../extended.ts';
import { type Found, type Item, open, type Selected, settle } from '../item.ts';
import { isOwnPath, keyFor, LINK_SUFFIX, MAX_KEY_BYTES, normalPrefix, OWN_FOLDER } from '../key.ts';
import { compilePatterns, type PatternMatcher } from '../pattern.ts';
import { isReservedPath } from '../restore/reserved-path.ts';
import { lookAt } from '../source/look.ts';
import { absolutePath } from '../source/root.ts';
import { sourceErrorFrom } from '../source/source-error.ts';
import { type Stage, stage } from '../stage.ts';

export interface SelectionOptions {
  /** `.pdf`, `pdf` or `*.pdf`, in any case; `*` takes every file. Default `['*']`. */
  readonly fileExtensions?: readonly string[] | undefined;
  /** Only files that one of these matches. gitignore-like. Default: every file. */
  readonly include?: readonly string[] | undefined;
  /** No file that one of these matches, nor anything below a folder that does. Default: none. */
  readonly exclude?: readonly string[] | undefined;
  /** Only files that were last modified at least so many seconds ago. Default 0. */
  readonly minAgeSeconds?: number | undefined;
}

export interface FilterOptions extends SelectionOptions {
  /** What keys begin with; a `/` is put after it. Default ''. */
  readonly prefix?: string | undefined;
  /** Folded keys that more than one file has. Default: none. */
  readonly collisions?: ReadonlySet<string> | undefined;
  /** How the store folds keys. Default `none`. */
  readonly keyFolding?: KeyFolding | undefined;
}

/**
 * Stage 2: chooses files and gives each its key.
 *
 * - In: found files. Out: selected ones with their key.
 * - Settles as skipped: EXCLUDED, OWN_FILE, TOO_YOUNG; as failed: KEY_TOO_LONG, KEY_COLLISION, KEY_RESERVED.
 * - Looks at names only, unless a minimum age is asked for, or a link is stored (one lstat).
 *
 * @throws BackupError `BAD_OPTION` for a pattern or extension that cannot be used
 */
export function filter(options: FilterOptions = {}): Stage<Found, Selected> {
  const selection = new Selection(options);
  const prefix = normalPrefix(options.prefix ?? '');
  return stage(1, (file: Found): Item<Selected> => {
    const key = keyFor(prefix, file.path, file.link);
    // UTF-8 has at most three bytes for a UTF-16 unit: of most keys the number need not be known.
    const bytes = key.length * 3 > MAX_KEY_BYTES ? Buffer.byteLength(key) : key.length;
    const excluded = selection.whyNot(file.path);
    if (excluded !== undefined) return settle(file, 'skipped', { code: 'EXCLUDED', reason: excluded });
    if (isReservedPath(file.path)) {
      const reason =
        'its name is reserved for what a restore or a backup has not finished with; the next one takes it up';
      return settle(file, 'skipped', { code: 'OWN_FILE', reason });
    }
    if (bytes > MAX_KEY_BYTES) {
      const reason = `the key has ${bytes} bytes, S3 takes ${MAX_KEY_BYTES}`;
      return settle({ ...file, key }, 'failed', { code: 'KEY_TOO_LONG', reason });
    }
    if (isOwnPath(file.path)) {
      const reason = `keys below ${prefix}${OWN_FOLDER} are for what s3-backup stores about its runs`;
      return settle({ ...file, key }, 'failed', { code: 'KEY_RESERVED', reason });
    }
    const selected = extended(file, { key });
    return (
      tooYoung(file, options.minAgeSeconds ?? 0) ??
      collides(selected, options) ??
      hasKeyOfFile(selected) ??
      open(selected)
    );
  });
}

function tooYoung(file: Found, minAgeSeconds: number): Item<never> | undefined {
  if (minAgeSeconds <= 0) return undefined;
  try {
    const age = (Date.now() - lstatSync(absolutePath(file.root, file.path)).mtimeMs) / 1000;
    if (age >= minAgeSeconds) return undefined;
    const reason = `modified ${Math.max(0, Math.floor(age))} s ago, less than ${minAgeSeconds} s`;
    return settle(file, 'skipped', { code: 'TOO_YOUNG', reason });
  } catch (error) {
    const { code, message, fate } = sourceErrorFrom(error);
    return settle(file, fate, { code, reason: message });
  }
}

/** A link that is stored may have the key of a file that is really named so. The file gets it. */
function hasKeyOfFile(file: Selected): Item<never> | undefined {
  if (file.link !== 'store') return undefined;
  if (!lookAt(absolutePath(file.root, file.path) + LINK_SUFFIX)?.isFile()) return undefined;
  const reason = `a file has this key: its name is that of the link and ${LINK_SUFFIX}`;
  return settle(file, 'failed', { code: 'KEY_COLLISION', reason });
}

/** Which files, and which folders, a run is about. */
export class Selection {
  readonly #extensions: readonly string[] | undefined;
  readonly #include: PatternMatcher | undefined;
  readonly #exclude: PatternMatcher | undefined;

  /** @throws BackupError `BAD_OPTION` */
  constructor(options: SelectionOptions) {
    this.#extensions = normalExtensions(options.fileExtensions ?? ['*']);
    this.#include = compilePatterns(options.include ?? [], 'include');
    this.#exclude = compilePatterns(options.exclude ?? [], 'exclude');
  }

  /** Why a file is not backed up; undefined when it is. */
  whyNot(path: string): string | undefined {
    if (this.#extensions && !hasExtension(path, this.#extensions)) return 'no chosen file extension';
    if (this.#include && !this.#include.file(path)) return 'no include pattern matches';
    return this.#exclude?.file(path) ? 'an exclude pattern matches' : undefined;
  }

  /** Whether there can be anything to back up below this folder. */
  enters(folder: string): boolean {
    return !this.#exclude?.folder(folder);
  }
}

function hasExtension(path: string, extensions: readonly string[]): boolean {
  const folded = path.normalize('NFC').toLowerCase();
  return extensions.some((end) => folded.endsWith(end));
}

function normalExtensions(extensions: readonly string[]): readonly string[] | undefined {
  if (extensions.some((extension) => extension === '*' || extension === '.*' || extension === '*.*'))
    return undefined;
  return extensions.map((extension) => {
    const bare = extension
      .normalize('NFC')
      .replace(/^\*?\.?/, '')
      .toLowerCase();
    if (bare === '' || /[*?[\]{}/\\]/.test(bare)) {
      throw new BackupError('BAD_OPTION', `fileExtensions: ${JSON.stringify(extension)} is no extension.`, {
        hint: 'Write ".pdf" or "*.pdf"; "*" takes every file. For anything else there are include patterns.',
      });
    }
    return `.${bare}`;
  });
}
