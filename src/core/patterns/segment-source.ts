import picomatch from 'picomatch';
import { type BraceBudget, combinationsOf, expandBraces } from './expand-braces.ts';
import { type Glob, holds, isStar, splitAt, type Token } from './token.ts';

const PICOMATCH = { dot: true, nonegate: true, noextglob: true, strictSlashes: true, windows: false };
/** picomatch takes `[ab]` for a name `[ab]`, too: the first place where it begins need not be the first where it ends. */
const SINGLE_LENGTH = { ...PICOMATCH, literalBrackets: false };

/** Where a segment ends. */
const END = '(?=\\/|$)';

/**
 * The source of a regular expression for one whole segment of a path. It matches in one way only, so that what follows it
 * is never tried twice, and takes time in proportion to the pattern and the name.
 *
 * @param glob without slashes
 * @throws PatternError
 */
export function segmentSource(glob: Glob, budget: BraceBudget): string {
  if (!glob.some(isBraces)) return formSource(glob) + END;
  // What a lookahead has found is not looked for in another way.
  return `(?=(?:${formsOf(glob, budget).map(formSource).join('|')})${END})[^/]*`;
}

function formsOf(glob: Glob, budget: BraceBudget): Glob[] {
  const isSimple = starsIn(glob) <= 1 && !glob.some((token) => isBraces(token) && holds(token, isStar));
  if (!isSimple) return expandBraces(glob, isBraces, budget);
  budget.spend(combinationsOf(glob));
  return [glob];
}

/** The first place at which something matches, step by step. Only that one: what comes before it does not match. */
export function firstSource(step: string, wanted: string): string {
  return `(?:(?!${wanted})${step})*${wanted}`;
}

function formSource(glob: Glob): string {
  return starsIn(glob) > 1 ? withStars(glob) : translated(glob);
}

/**
 * Of several stars all but the last take as little as they can: if the rest fits at all, it fits then. picomatch's own
 * expression tries every other length of each, too, in all combinations.
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
