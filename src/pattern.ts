import picomatch from 'picomatch';
import { BackupError } from './errors.ts';

/** Backtracking grows with the power of these: 5 stars take a minute on one name of 255 characters, 3 take 15 ms. */
const MAX_STARS_IN_SEGMENT = 3;
const MAX_GLOBSTARS = 3;
const MAX_BRACES = 4;

const PICOMATCH = { dot: true, nonegate: true, noextglob: true, keepQuotes: true, flags: 's' };

/** What one list of patterns matches. Paths are relative to the source and `/`-separated. */
export interface PatternMatcher {
  file(path: string): boolean;
  /** Whether the folder itself matches, and so everything below it. */
  folder(path: string): boolean;
}

/**
 * Compiles gitignore-like patterns: without a slash they match at every depth, a leading slash ties them to the source
 * folder, a trailing one means folders only; what matches a folder matches everything below it. `*` and `?` stop at a
 * slash, `**` does not; `[a-z]`, `[!a-z]` and `{a,b}` are as in a shell, `\` takes the next character as it is.
 *
 * @param option The option's name, for messages.
 * @returns undefined for an empty list
 * @throws BackupError `BAD_OPTION` for a pattern that can match nothing or could take exponential time
 */
export function compilePatterns(patterns: readonly string[], option: string): PatternMatcher | undefined {
  if (patterns.length === 0) return undefined;
  const globs = patterns.map((pattern) => globOf(pattern, option));
  const below = globs.map(({ glob }) => `${glob}/**/*`);
  const files = globs.filter(({ foldersOnly }) => !foldersOnly).map(({ glob }) => glob);
  const folders = globs.map(({ glob }) => glob);
  return {
    file: picomatch([...files, ...below], PICOMATCH),
    folder: picomatch([...folders, ...below], PICOMATCH),
  };
}

function globOf(pattern: string, option: string): { glob: string; foldersOnly: boolean } {
  requireUsable(pattern, option);
  const foldersOnly = pattern.endsWith('/');
  const bare = pattern.replace(/\/+$/, '');
  const anchored = bare.includes('/');
  // `a/**` is what is in the folder `a`, not a file of that name.
  const glob = ((anchored ? '' : '**/') + shellGlob(bare.replace(/^\/+/, ''))).replace(/\/\*\*$/, '/**/*');
  if (picomatch.makeRe(glob, PICOMATCH).source === '$^')
    refuse(option, pattern, 'a bracket or brace is not closed, or a range is the wrong way round');
  return { glob, foldersOnly };
}

/** picomatch takes parentheses and bars as parts of a regular expression, and knows no `[!...]`. */
function shellGlob(pattern: string): string {
  return pattern.replace(/\\.|[()|]|\[!/gs, (found) => {
    if (found.startsWith('\\')) return found;
    return found === '[!' ? '[^' : `\\${found}`;
  });
}

function requireUsable(pattern: string, option: string): void {
  if (pattern === '' || /^\/*$/.test(pattern)) refuse(option, pattern, 'it is empty');
  if (/(^|[^\\])(\\\\)*\\\/*$/.test(pattern))
    refuse(option, pattern, 'a "\\" at its end takes nothing as it is');
  // picomatch 4.0.7 never comes to an end on these: its parser steps over the end of the pattern.
  if (pattern.includes('\\\\\\\\'))
    refuse(option, pattern, 'it has two backslashes one after the other; write "?" for one');
  if (pattern.includes('\0')) refuse(option, pattern, 'no name holds a NUL');
  if (pattern.startsWith('!'))
    refuse(option, pattern, 'use the other option instead of "!" (or write "\\!")');
  if (pattern.split('/').some((segment) => segment === '..' || segment === '.')) {
    refuse(option, pattern, 'patterns are relative to the source folder, without "." and ".."');
  }
  const bare = pattern.replace(/\\./gs, '');
  const stars = bare.split('/').map((segment) => segment.replace(/^\*\*$/, '').split('*').length - 1);
  if (Math.max(...stars) > MAX_STARS_IN_SEGMENT) {
    refuse(
      option,
      pattern,
      `at most ${MAX_STARS_IN_SEGMENT} "*" in one path segment; more could take for ever`,
    );
  }
  if (bare.split('/').filter((segment) => segment === '**').length > MAX_GLOBSTARS) {
    refuse(option, pattern, `at most ${MAX_GLOBSTARS} "**"; more could take for ever`);
  }
  if (bare.split('{').length - 1 > MAX_BRACES) {
    refuse(option, pattern, `at most ${MAX_BRACES} "{"; more could take for ever`);
  }
}

function refuse(option: string, pattern: string, why: string): never {
  throw new BackupError(
    'BAD_OPTION',
    `${option}: the pattern ${JSON.stringify(pattern)} cannot be used: ${why}.`,
  );
}

/** What everything begins with that a pattern matches, so that no more is listed: `a/b/` of `/a/b/*.pdf`. */
export function headOf(pattern: string): string {
  const bare = pattern.replace(/\/+$/, '');
  return bare.includes('/') ? (/^[^*?[\]{}\\]*/.exec(bare.replace(/^\/+/, ''))?.[0] ?? '') : '';
}
