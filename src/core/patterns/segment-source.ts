import picomatch from 'picomatch';
import { type BraceBudget, combinationsOf, expandBraces } from './expand-braces.ts';
import { type Glob, holds, isStar, splitAt, type Token } from './token.ts';

const PICOMATCH = { dot: true, nonegate: true, noextglob: true, strictSlashes: true, windows: false };
/**
 * Option for picomatch: `[ab]` matches one character, and not a name `[ab]` as well. Otherwise the first place where a glob
 * begins to match need not be the first where it ends.
 */
const SINGLE_LENGTH = { ...PICOMATCH, literalBrackets: false };

/** The end of a segment. */
const END = '(?=\\/|$)';

/**
 * Translates one whole segment of a glob to the source of a regular expression. It matches a name in one way only, so the rest
 * of the path is never tried twice. It takes time proportional to the glob and the name.
 *
 * @param glob Has no slashes.
 * @throws PatternError
 */
export function segmentSource(glob: Glob, budget: BraceBudget): string {
  if (!glob.some(isBraces)) return formSource(glob) + END;
  // The engine does not look for another way to match inside a lookahead.
  return `(?=(?:${formsOf(glob, budget).map(formSource).join('|')})${END})[^/]*`;
}

function formsOf(glob: Glob, budget: BraceBudget): Glob[] {
  const isSimple = starsIn(glob) <= 1 && !glob.some((token) => isBraces(token) && holds(token, isStar));
  if (!isSimple) return expandBraces(glob, isBraces, budget);
  budget.spend(combinationsOf(glob));
  return [glob];
}

/** Source of an expression that advances by `step` to the first place where `wanted` matches, and to no later one. */
export function firstSource(step: string, wanted: string): string {
  return `(?:(?!${wanted})${step})*${wanted}`;
}

function formSource(glob: Glob): string {
  return starsIn(glob) > 1 ? withStars(glob) : translated(glob);
}

/**
 * Translates stars. All but the last one match as little as possible: if the rest fits at all, it fits then. picomatch's own
 * expression would try every other length of each star, in all combinations.
 */
function withStars(glob: Glob): string {
  const [first = [], ...others] = splitAt(glob, isStar);
  const last = others.pop() ?? [];
  const between = others
    .filter((part) => part.length > 0)
    .map((part) => firstSource('[^/]', translated(part, SINGLE_LENGTH)));
  return `${translated(first)}${between.join('')}[^/]*?${translated(last)}`;
}

function translated(glob: Glob, options: object = PICOMATCH): string {
  return glob.length === 0 ? '' : picomatch.parse(glob.map(written).join(''), options).output;
}

function written(token: Token): string {
  if (token.kind === 'text') return token.glob;
  if (token.kind === 'braces')
    return `{${token.options.map((option) => option.map(written).join('')).join(',')}}`;
  return '*';
}

function starsIn(glob: Glob): number {
  return glob.filter(isStar).length;
}

function isBraces(token: Token): boolean {
  return token.kind === 'braces';
}
