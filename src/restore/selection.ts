import { compilePatterns, headOf, type PatternMatcher } from '../core/pattern.ts';
import type { Chosen } from './item.ts';

/** More than so many listings cost more requests than one of all that they have in common. */
const MAX_LISTINGS = 16;

export interface SelectionOptions {
  /** Only what one of these matches, written as in .gitignore, relative to the prefix. Default: everything. */
  readonly pattern?: string | readonly string[] | undefined;
  /** Of that only what one of these matches. Default: everything. */
  readonly include?: readonly string[] | undefined;
  /** Nothing that one of these matches, nor anything below a folder that does. Default: none. */
  readonly exclude?: readonly string[] | undefined;
  /**
   * What the caller itself writes into the folder meanwhile, such as a report: patterns relative to the folder. Objects of these
   * paths fail (PATH_CONFLICT), so that nothing replaces a restored file. Default: none.
   */
  readonly ownFiles?: readonly string[] | undefined;
}

/** Which objects of a backup are wanted, by their paths below the prefix. */
export class RestoreSelection {
  readonly #lists: Readonly<Record<'pattern' | 'include' | 'exclude', PatternList>>;
  /** What the paths begin with that can be wanted: no one of them begins with another. */
  readonly pathPrefixes: readonly string[];
  readonly #own: PatternMatcher | undefined;

  /** @throws BackupError `BAD_OPTION` */
  constructor({ pattern = [], include = [], exclude = [], ownFiles = [] }: SelectionOptions) {
    this.#own = compilePatterns(ownFiles.map(folded), 'ownFiles');
    const patterns = typeof pattern === 'string' ? [pattern] : pattern;
    this.#lists = {
      pattern: new PatternList(patterns, 'pattern'),
      include: new PatternList(include, 'include'),
      exclude: new PatternList(exclude, 'exclude'),
    };
    this.pathPrefixes = pathPrefixesOf(patterns.length > 0 ? patterns : include);
  }

  /** Why an object is not wanted; undefined if it is. */
  whyNot(file: Pick<Chosen, 'kind' | 'path'>): string | undefined {
    const { pattern, include, exclude } = this.#lists;
    for (const list of [pattern, include, exclude]) list.note(file);
    if (!pattern.isEmpty && !pattern.matches(file)) return 'the pattern does not match';
    if (!include.isEmpty && !include.matches(file)) return 'no include pattern matches';
    return exclude.matches(file) ? 'an exclude pattern matches' : undefined;
  }

  /** Whether its path is that of a file that the caller writes, or leads through one. */
  isOwn({ path }: Pick<Chosen, 'path'>): boolean {
    return this.#own?.file(folded(path)) ?? false;
  }

  /** The patterns that have matched no object so far, by the option that they are of. */
  get unmatched(): Readonly<Record<string, readonly string[]>> {
    const found = Object.entries(this.#lists).map(([option, list]) => [option, list.unmatched] as const);
    return Object.fromEntries(found.filter(([, patterns]) => patterns.length > 0));
  }
}

/** Here names are the same whatever their case. */
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

/** Without those that begin with another one of them. No pattern at all wants everything. */
function pathPrefixesOf(patterns: readonly string[]): readonly string[] {
  const pathPrefixes = [...new Set(patterns.map(headOf))].sort();
  const outermost = pathPrefixes.filter(
    (head) => !pathPrefixes.some((other) => other !== head && head.startsWith(other)),
  );
  if (outermost.length === 0) return [''];
  return outermost.length <= MAX_LISTINGS ? outermost : [commonPrefix(outermost)];
}

/** What all begin with. @param sorted One or more, of ASCII as `headOf` gives them. */
function commonPrefix(sorted: readonly string[]): string {
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  return first.slice(0, length);
}
