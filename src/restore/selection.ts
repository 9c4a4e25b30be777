import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import { compilePatterns, headOf, type PatternMatcher } from '../core/pattern.ts';
import type { Chosen } from './item.ts';

/** Above this number of path prefixes, one listing of their common prefix needs fewer requests. */
const MAX_LISTINGS = 16;

/** Patterns that choose objects, written as in .gitignore and relative to the prefix. */
export interface RestoreSelectionOptions {
  /** Only objects that match one of these patterns are restored. Default: all. */
  readonly pattern?: string | readonly string[] | undefined;
  /** Of the objects that match `pattern`, only those that match one of these are restored. Default: all. */
  readonly include?: readonly string[] | undefined;
  /** Objects that match one of these, or lie below a folder that does, are not restored. Default: none. */
  readonly exclude?: readonly string[] | undefined;
  /**
   * Files that the caller writes into the target folder during the restore, such as a report: patterns relative to the folder.
   * Objects with these paths fail (PATH_CONFLICT), so that neither file replaces the other. Default: none.
   */
  readonly ownFiles?: readonly string[] | undefined;
}

/** Decides which objects of a backup are restored, by their paths below the prefix. */
export class RestoreSelection {
  readonly #lists: Readonly<Record<'pattern' | 'include' | 'exclude', PatternList>>;
  /** Every wanted path begins with one of these; none is a prefix of another. `['']` stands for all paths. */
  readonly pathPrefixes: readonly string[];
  readonly #own: PatternMatcher | undefined;

  /** @throws BackupError `BAD_OPTION` */
  constructor({
    pattern = [],
    include = RESTORE_DEFAULTS.include,
    exclude = RESTORE_DEFAULTS.exclude,
    ownFiles = [],
  }: RestoreSelectionOptions) {
    this.#own = compilePatterns(ownFiles.map(folded), 'ownFiles');
    const patterns = typeof pattern === 'string' ? [pattern] : pattern;
    this.#lists = {
      pattern: new PatternList(patterns, 'pattern'),
      include: new PatternList(include, 'include'),
      exclude: new PatternList(exclude, 'exclude'),
    };
    this.pathPrefixes = pathPrefixesOf(patterns.length > 0 ? patterns : include);
  }

  /** Why an object is not restored; undefined if it is. */
  whyNot(file: Pick<Chosen, 'kind' | 'path'>): string | undefined {
    const { pattern, include, exclude } = this.#lists;
    for (const list of [pattern, include, exclude]) list.note(file);
    if (!pattern.isEmpty && !pattern.matches(file)) return 'the pattern does not match';
    if (!include.isEmpty && !include.matches(file)) return 'no include pattern matches';
    return exclude.matches(file) ? 'an exclude pattern matches' : undefined;
  }

  /** Whether an object's path is that of a file in `ownFiles`, or lies below one. */
  isOwn({ path }: Pick<Chosen, 'path'>): boolean {
    return this.#own?.file(folded(path)) ?? false;
  }

  /** Whether no pattern was given, so that all objects are wanted. */
  get takesAll(): boolean {
    return Object.values(this.#lists).every(({ isEmpty }) => isEmpty);
  }

  /** Patterns that have matched no object so far, by the name of their option. */
  get unmatched(): Readonly<Record<string, readonly string[]>> {
    const found = Object.entries(this.#lists).map(([option, list]) => [option, list.unmatched] as const);
    return Object.fromEntries(found.filter(([, patterns]) => patterns.length > 0));
  }
}

/** Whether file names on this system usually ignore case. */
const ignoresCase = process.platform === 'darwin' || process.platform === 'win32';

function folded(text: string): string {
  return ignoresCase ? text.toLowerCase() : text;
}

class PatternList {
  readonly #all: PatternMatcher | undefined;

  /** @throws BackupError `BAD_OPTION` */
  constructor(patterns: readonly string[], option: string) {
    this.#all = compilePatterns(patterns, option);
  }

  get isEmpty(): boolean {
    return this.#all === undefined;
  }

  get unmatched(): readonly string[] {
    return this.#all?.unmatched() ?? [];
  }

  matches(file: Pick<Chosen, 'kind' | 'path'>): boolean {
    return this.#all !== undefined && isMatch(this.#all, file);
  }

  note({ kind, path }: Pick<Chosen, 'kind' | 'path'>): void {
    this.#all?.note(path, kind === 'folder');
  }
}

function isMatch(matcher: PatternMatcher, { kind, path }: Pick<Chosen, 'kind' | 'path'>): boolean {
  return kind === 'folder' ? matcher.folder(path) : matcher.file(path);
}

/** Prefixes that the wanted paths can have, without those that begin with another one. Without a pattern: `['']`. */
function pathPrefixesOf(patterns: readonly string[]): readonly string[] {
  const pathPrefixes = [...new Set(patterns.map(headOf))].sort();
  const outermost = pathPrefixes.filter(
    (head) => !pathPrefixes.some((other) => other !== head && head.startsWith(other)),
  );
  if (outermost.length === 0) return [''];
  return outermost.length <= MAX_LISTINGS ? outermost : [commonPrefix(outermost)];
}

/** Longest common prefix. @param sorted At least one text of ASCII, as `headOf` returns it, in ascending order. */
function commonPrefix(sorted: readonly string[]): string {
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  return first.slice(0, length);
}
