import { join } from 'node:path';
import { DEFAULTS } from '../core/defaults.ts';
import { messageOf } from '../core/errors.ts';
import { parentOf } from '../core/paths.ts';
import { absolutePath, type SourceRoot } from '../source/root.ts';
import { entryAt, marks } from './folder-mark.ts';
import { RuleFileError, readRules } from './rule-file.ts';
import type { Rules } from './rules.ts';

/** Folders whose rules are kept in memory. A walk has fewer folders open at a time. */
const MAX_FOLDERS = 10_000;

export interface FolderRuleOptions {
  /**
   * Name of the rule files in the source, written as .gitignore. Each excludes files and folders in its own folder and
   * below. Default: no rule files are read.
   */
  readonly ignoreFile?: string | undefined;
  /**
   * Excludes every folder that has an entry of one of these names, with everything below it. `CACHEDIR.TAG` counts only with
   * the signature of the Cache Directory Tagging Specification. Default: none.
   */
  readonly excludeIfPresent?: readonly string[] | undefined;
}

/** Why a path is left out. `broken`: a rule file cannot be used, so it is unknown whether the path is excluded. */
export type RuledOut = { readonly kind: 'excluded' | 'broken'; readonly reason: string };

interface Folder {
  readonly path: string;
  readonly parent: Folder | undefined;
  readonly rules: Rules | undefined;
  /** Undefined if the folder itself is not left out. */
  readonly ruledOut: RuledOut | undefined;
}

/** The rules in the folders of one source. The rules of a folder are read once. */
export class FolderRules {
  readonly #root: SourceRoot;
  readonly #options: FolderRuleOptions;
  readonly #folders = new Map<string, Folder>();
  /** Whether any folder that was examined has an `ignoreFile`. */
  hasIgnoreFiles = false;

  constructor(root: SourceRoot, options: FolderRuleOptions) {
    this.#root = root;
    this.#options = options;
  }

  /** Why a file is left out; undefined if it is not. @param path Relative to the source, `/`-separated. */
  ofFile(path: string): RuledOut | undefined {
    const parent = this.#folder(parentOf(path));
    return parent.ruledOut ?? ruledOutBy(parent, path, false);
  }

  /** Why a folder is left out; undefined if it is not. @param path Relative to the source, `/`-separated. */
  ofFolder(path: string): RuledOut | undefined {
    return this.#folder(path).ruledOut;
  }

  #folder(path: string): Folder {
    const known = this.#folders.get(path);
    if (known) return known;
    const folder = this.#read(path);
    if (this.#folders.size >= MAX_FOLDERS) this.#folders.delete(this.#folders.keys().next().value ?? '');
    this.#folders.set(path, folder);
    return folder;
  }

  #read(path: string): Folder {
    const parent = path === '' ? undefined : this.#folder(parentOf(path));
    const above = parent?.ruledOut ?? (parent && ruledOutBy(parent, path, true));
    if (above) return { path, parent, rules: undefined, ruledOut: above };
    try {
      const ruledOut = this.#ruledOutByMarker(path);
      return { path, parent, rules: ruledOut ? undefined : this.#rulesIn(path), ruledOut };
    } catch (error) {
      const reason = `the rules in its folder, or in one above it, cannot be used: ${messageOf(error)}`;
      return { path, parent, rules: undefined, ruledOut: { kind: 'broken', reason } };
    }
  }

  /** @throws RuleFileError */
  #ruledOutByMarker(path: string): RuledOut | undefined {
    for (const name of this.#options.excludeIfPresent ?? DEFAULTS.excludeIfPresent) {
      const marker = join(absolutePath(this.#root, path), name);
      if (marks(marker, name))
        return { kind: 'excluded', reason: `its folder, or one above it, contains ${name}` };
    }
    return undefined;
  }

  /** @throws RuleFileError */
  #rulesIn(path: string): Rules | undefined {
    const { ignoreFile } = this.#options;
    if (ignoreFile === undefined) return undefined;
    const file = join(absolutePath(this.#root, path), ignoreFile);
    const stats = entryAt(file);
    if (stats === undefined) return undefined;
    this.hasIgnoreFiles = true;
    if (!stats.isFile()) throw new RuleFileError(`${file}: is not a regular file`);
    return readRules([file]);
  }
}

/** Finds the nearest folder above a path that has a matching rule; its rule decides. */
function ruledOutBy(folder: Folder, path: string, isFolder: boolean): RuledOut | undefined {
  const composed = path.normalize('NFC');
  for (let at: Folder | undefined = folder; at; at = at.parent) {
    const below = at.path === '' ? composed : composed.slice(at.path.normalize('NFC').length + 1);
    const decision = at.rules?.decide(below, isFolder);
    if (decision === false) return undefined;
    if (decision)
      return { kind: 'excluded', reason: `the rules in ${at.path || 'the source folder'} exclude it` };
  }
  return undefined;
}

/** Whether the text is the name of one file or folder, without a path. */
export function isFileName(name: string): boolean {
  return /^(?!\.{1,2}$)[^/\\\0]+$/.test(name);
}
