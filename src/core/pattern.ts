import { BackupError } from './errors.ts';
import { BraceBudget, expandBraces } from './patterns/expand-braces.ts';
import { parseGlob } from './patterns/parse-glob.ts';
import { exactSources, pathSources } from './patterns/path-source.ts';
import { holds, isGlobstar, isSlash, PatternError, type Token } from './patterns/token.ts';

/** Most patterns in one list. 10,000 of them take 6 ms for one path. */
const MAX_PATTERNS = 10_000;
/** Longest pattern in characters: the longest path on Linux. */
const MAX_LENGTH = 4096;
/** Most characters of a pattern that a message shows. */
const SHOWN = 100;

/** Matches paths against one list of patterns. Paths are relative to the source and `/`-separated. */
export interface PatternMatcher {
  file(path: string): boolean;
  /** Whether the folder itself matches. Then everything below it does, too. */
  folder(path: string): boolean;
  /** Records the patterns that a file or folder matches, so that `unmatched` does not return them. */
  note(path: string, isFolder: boolean): void;
  /** The patterns that matched nothing that was recorded, as they were given. */
  unmatched(): readonly string[];
}

interface Compiled {
  readonly file: RegExp;
  readonly folder: RegExp;
}

/**
 * Compiles gitignore-like patterns. Without a slash a pattern matches at every depth; a leading slash ties it to the source
 * folder; a trailing one restricts it to folders. If a folder matches, everything below it does. `*` and `?` stop at a slash,
 * `**` does not. `[a-z]`, `[!a-z]` and `{a,b}` have their meaning in a shell, and `\` makes the next character literal. Unicode
 * forms (NFC, NFD) are equal.
 *
 * A match takes time proportional to the patterns and the path.
 *
 * @param option Name of the option, for messages.
 * @returns undefined for an empty list
 * @throws BackupError `BAD_OPTION` for a pattern that can match nothing or is too large, and for too many patterns
 */
export function compilePatterns(patterns: readonly string[], option: string): PatternMatcher | undefined {
  if (patterns.length === 0) return undefined;
  if (patterns.length > MAX_PATTERNS) {
    throw new BackupError(
      'BAD_OPTION',
      `${option}: there are ${patterns.length} patterns, at most ${MAX_PATTERNS} are allowed.`,
      { hint: 'A folder, or "*", matches many files; a list of files can have any length.' },
    );
  }
  const budget = new BraceBudget();
  const compiled = patterns.map((pattern) => explained(pattern, option, () => compile(pattern, budget)));
  const files = compiled.map(({ file }) => file);
  const folders = compiled.map(({ folder }) => folder);
  const idle = new Set(patterns.keys());
  const matches = (expressions: readonly RegExp[], path: string): boolean => {
    const composed = path.normalize('NFC');
    return expressions.some((expression) => expression.test(composed));
  };
  return {
    file: (path) => matches(files, path),
    folder: (path) => matches(folders, path),
    note: (path, isFolder) => {
      if (idle.size === 0) return;
      const composed = path.normalize('NFC');
      for (const index of idle)
        if (compiled[index]?.[isFolder ? 'folder' : 'file'].test(composed)) idle.delete(index);
    },
    unmatched: () => patterns.filter((_, index) => idle.has(index)),
  };
}

function explained<T>(pattern: string, option: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const shown = pattern.length > SHOWN ? `${pattern.slice(0, SHOWN)}...` : pattern;
    throw new BackupError(
      'BAD_OPTION',
      `${option}: the pattern ${JSON.stringify(shown)} cannot be used: ${error.message}.`,
    );
  }
}

function compile(pattern: string, budget: BraceBudget): Compiled {
  requireUsable(pattern);
  if (pattern.startsWith('!')) throw new PatternError('use the other option instead of "!" (or write "\\!")');
  const bare = pattern.normalize('NFC').replace(/\/+$/, '');
  const globs = expandBraces(parseGlob(bare.replace(/^\/+/, '')), spansSegments, budget);
  const sources = globs.map((glob) => pathSources(glob, bare.includes('/'), budget));
  const folder = expressionOf(sources.map(({ whole }) => whole));
  return { folder, file: pattern.endsWith('/') ? expressionOf(sources.map(({ below }) => below)) : folder };
}

/**
 * Compiles the glob of one line of a .gitignore file, without the `!` and the slashes around it. It matches exactly the path
 * that it names, not what is below. Braces are literal; everything else is as in {@link compilePatterns}.
 *
 * @param isAnchored Whether the glob must match from the beginning of the path; otherwise it may begin at any segment.
 * @throws PatternError if the glob can match nothing, or is too long
 */
export function compileGlob(glob: string, isAnchored: boolean): (path: string) => boolean {
  requireUsable(glob);
  const budget = new BraceBudget();
  const sources = exactSources(parseGlob(glob.normalize('NFC'), false), isAnchored, budget);
  const { tailSegments } = sources;
  if (tailSegments === undefined) return matcherOf(sources.head + sources.tail);
  const [head, tail] = [matcherOf(sources.head), matcherOf(sources.tail)];
  return (path) => {
    const start = startOfLast(tailSegments, path);
    return start !== undefined && tail(path.slice(start)) && head(path.slice(0, start));
  };
}

function matcherOf(source: string): (text: string) => boolean {
  const expression = expressionOf([source]);
  return (text) => expression.test(text);
}

/** Position of the last `segments` segments of a path; undefined if it has fewer. */
function startOfLast(segments: number, path: string): number | undefined {
  let start = path.length + 1;
  for (let rest = segments; rest > 0; rest -= 1) {
    if (start === 0) return undefined;
    start = path.lastIndexOf('/', start - 2) + 1;
  }
  return start;
}

function spansSegments(braces: Token): boolean {
  return holds(braces, (token) => isSlash(token) || isGlobstar(token));
}

function expressionOf(sources: readonly string[]): RegExp {
  try {
    return new RegExp(sources.join('|'), 's');
  } catch {
    throw new PatternError('a range in its brackets is reversed');
  }
}

function requireUsable(pattern: string): void {
  if (pattern.length > MAX_LENGTH)
    throw new PatternError(`it has ${pattern.length} characters, at most ${MAX_LENGTH} are allowed`);
  if (/^\/*$/.test(pattern)) throw new PatternError('it is empty');
  if (/(^|[^\\])(\\\\)*\\\/*$/.test(pattern)) throw new PatternError('a "\\" at its end escapes nothing');
  // picomatch 4.0.7 never returns for these: its parser runs past the end of the pattern.
  if (pattern.includes('\\\\\\\\'))
    throw new PatternError('it has two backslashes in a row; write "?" for one');
  if (pattern.includes('\0')) throw new PatternError('no name contains a NUL');
  if (pattern.split('/').some((segment) => segment === '..' || segment === '.'))
    throw new PatternError('patterns are relative to the source folder, without "." and ".."');
}

/**
 * Beginning of all paths that a pattern matches, so that no others need to be listed: `a/b/` for `/a/b/*.pdf`. It ends before
 * any character that has several Unicode forms.
 */
export function headOf(pattern: string): string {
  const bare = pattern.normalize('NFC').replace(/\/+$/, '');
  return bare.includes('/') ? (/^[^*?[\]{}\\\P{ASCII}]*/u.exec(bare.replace(/^\/+/, ''))?.[0] ?? '') : '';
}
