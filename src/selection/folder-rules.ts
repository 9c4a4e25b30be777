import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { lookAt } from '../source/look.ts';
import { absolutePath, type SourceRoot } from '../source/root.ts';
import { RULE_FILE, RuleFileError, readRules } from './rule-file.ts';
import type { Rules } from './rules.ts';

/** Folders whose rules are kept: more than a walk has open at one time. */
const MOST_FOLDERS = 10_000;
/** What a CACHEDIR.TAG must begin with (https://bford.info/cachedir/), so that no other file of that name counts. */
const CACHE_TAG = 'CACHEDIR.TAG';
const CACHE_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55';

export interface FolderRuleOptions {
  /**
   * The name of files in the source that say, written as .gitignore, what is left out of their folder and of those below.
   * Default: none are read.
   */
  readonly ignoreFile?: string | undefined;
  /**
   * Names: a folder that has an entry of such a name is left out, with all that is below it. `CACHEDIR.TAG` counts only with the
   * signature of the Cache Directory Tagging Specification. Default: none.
   */
  readonly excludeIfPresent?: readonly string[] | undefined;
}

/** What the rules in the tree say of a path. `broken`: it is not known, since a file of rules cannot be used. */
export type RuledOut = { readonly kind: 'excluded' | 'broken'; readonly reason: string };

interface Folder {
  readonly path: string;
  readonly parent: Folder | undefined;
  readonly rules: Rules | undefined;
  readonly out: RuledOut | undefined;
}

/** The rules that lie in the folders of one source. Reads those of each folder once. */
export class FolderRules {
  readonly #root: SourceRoot;
  readonly #options: FolderRuleOptions;
  readonly #folders = new Map<string, Folder>();

  constructor(root: SourceRoot, options: FolderRuleOptions) {
    this.#root = root;
    this.#options = options;
  }

  /** @param path Relative to the source, `/`-separated. */
  ofFile(path: string): RuledOut | undefined {
    const parent = this.#folder(parentOf(path));
    return parent.out ?? ruledOutBy(parent, path, false);
  }

  /** @param path Relative to the source, `/`-separated. */
  ofFolder(path: string): RuledOut | undefined {
    return this.#folder(path).out;
  }

  #folder(path: string): Folder {
    const known = this.#folders.get(path);
    if (known) return known;
    const folder = this.#read(path);
    if (this.#folders.size >= MOST_FOLDERS) this.#folders.delete(this.#folders.keys().next().value ?? '');
    this.#folders.set(path, folder);
    return folder;
  }

  #read(path: string): Folder {
    const parent = path === '' ? undefined : this.#folder(parentOf(path));
    const out = parent?.out ?? (parent && ruledOutBy(parent, path, true)) ?? this.#markOf(path);
    if (out) return { path, parent, rules: undefined, out };
    try {
      return { path, parent, rules: this.#rulesIn(path), out };
    } catch (error) {
      const reason = `the rules in its folder, or one above, cannot be used: ${messageOf(error)}`;
      return { path, parent, rules: undefined, out: { kind: 'broken', reason } };
    }
  }

  #markOf(path: string): RuledOut | undefined {
    for (const name of this.#options.excludeIfPresent ?? []) {
      const mark = join(absolutePath(this.#root, path), name);
      if (name === CACHE_TAG ? isCacheTag(mark) : lookAt(mark) !== undefined)
        return { kind: 'excluded', reason: `its folder, or one above, has an entry ${name}` };
    }
    return undefined;
  }

  /** @throws RuleFileError */
  #rulesIn(path: string): Rules | undefined {
    const { ignoreFile } = this.#options;
    if (ignoreFile === undefined) return undefined;
    const file = join(absolutePath(this.#root, path), ignoreFile);
    const stats = lookAt(file);
    if (stats === undefined) return undefined;
    if (!stats.isFile()) throw new RuleFileError(`${file}: is not a regular file`);
    return readRules([file]);
  }
}

/** The rules nearest to a path decide. */
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

function isCacheTag(path: string): boolean {
  try {
    const stats = lookAt(path);
    if (!stats?.isFile()) return false;
    return (
      readRegularFile(path, RULE_FILE).bytes.subarray(0, CACHE_SIGNATURE.length).toString() ===
      CACHE_SIGNATURE
    );
  } catch {
    return false;
  }
}

/** Whether it is the name of an entry of a folder, and no path. */
export function isFileName(name: string): boolean {
  return /^(?!\.{1,2}$)[^/\\\0]+$/.test(name);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
