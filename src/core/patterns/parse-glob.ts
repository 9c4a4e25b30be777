import picomatch from 'picomatch';
import { type Glob, PatternError, type Token } from './token.ts';

/** Deepest nesting of braces. Deeper ones could exhaust the stack. */
const MAX_DEPTH = 10;

const BRACKETS = /\[([!^]?)(\]?(?:\[:[a-z]+:\]|\\[^/]|[^\]\\/])*)\]/sy;
const IN_BRACKETS = /\[:([a-z]+):\]|\\?(.)/gs;

/**
 * Splits a glob into tokens. What picomatch would read differently from a shell (`+` after brackets, `\d`, quotes, parentheses)
 * is escaped for picomatch.
 *
 * @param hasBraces Whether `{a,b}` is a choice. In .gitignore files braces are literal. Default true.
 * @throws PatternError
 */
export function parseGlob(glob: string, hasBraces = true): Glob {
  let at = 0;
  /** No bracket before this index is closed: searching again for the end of each would take quadratic time. */
  let unclosedUntil = 0;
  return sequence(0);

  function sequence(depth: number): Token[] {
    const tokens: Token[] = [];
    while (at < glob.length && !(depth > 0 && ',}'.includes(glob.charAt(at)))) tokens.push(...next(depth));
    return tokens;
  }

  function next(depth: number): Token[] {
    const character = glob.charAt(at);
    if (character === '[') return [brackets()];
    at += 1;
    if (character === '{' && hasBraces) return braces(depth + 1);
    if (character === '*') return [star()];
    if (character === '?') return [{ kind: 'text', glob: '?' }];
    const literal = character === '\\' ? glob.charAt(at++) : character;
    if (literal === '/') return [{ kind: 'slash' }];
    // picomatch would read two dots in braces as a range.
    return [literal === '.' && depth > 0 ? { kind: 'text', glob: '[.]' } : textOf(literal)];
  }

  function star(): Token {
    const start = at - 1;
    while (glob.charAt(at) === '*') at += 1;
    return { kind: 'star', stars: at - start };
  }

  function brackets(): Token {
    BRACKETS.lastIndex = at;
    const [whole, not, content = ''] = (at < unclosedUntil ? null : BRACKETS.exec(glob)) ?? [];
    if (whole === undefined) {
      const slash = glob.indexOf('/', at);
      unclosedUntil = slash < 0 ? glob.length : slash;
      at += 1;
      return textOf('[');
    }
    at += whole.length;
    return { kind: 'text', glob: `[${not ? '^' : ''}${content.replace(IN_BRACKETS, inBrackets)}]` };
  }

  function braces(depth: number): Token[] {
    if (depth > MAX_DEPTH) throw new PatternError(`its braces are nested more than ${MAX_DEPTH} deep`);
    const start = at;
    const options = [sequence(depth)];
    while (glob.charAt(at) === ',') {
      at += 1;
      options.push(sequence(depth));
    }
    if (at === glob.length) throw new PatternError('a brace is not closed; write "\\{" for a literal one');
    const written = glob.slice(start, at);
    at += 1;
    const range = /^([^\\/])\.\.([^\\/])$/s.exec(written);
    if (range) return [rangeOf(range)];
    if (options.length > 1) return [{ kind: 'braces', options }];
    if (written.includes('..'))
      throw new PatternError(
        '".." in braces stands between two single characters; write all others: {8,9,10}',
      );
    return [textOf('{'), ...options.flat(), textOf('}')];
  }
}

/** Makes a literal token. picomatch gives a meaning to some characters that are not letters or digits, so these are escaped. */
function textOf(character: string): Token {
  return { kind: 'text', glob: escaped(character) };
}

function escaped(character: string): string {
  return /[!-/:-@[-^`{-~]/.test(character) ? `\\${character}` : character;
}

/**
 * Translates a character class, such as `[:alpha:]`, because picomatch, if it does so itself, reads a dot before the class as
 * any character.
 */
function inBrackets(found: string, name: string | undefined, character = ''): string {
  if (name === undefined) return found === '-' ? found : escaped(character);
  const { POSIX_REGEX_SOURCE } = picomatch.constants;
  const source = Object.hasOwn(POSIX_REGEX_SOURCE, name)
    ? POSIX_REGEX_SOURCE[name as keyof typeof POSIX_REGEX_SOURCE]
    : undefined;
  if (source === undefined) throw new PatternError(`it names a class that does not exist ([:${name}:])`);
  return source;
}

function rangeOf([, one = '', other = '']: RegExpExecArray): Token {
  const [first, last] = [one, other].sort().map(escaped);
  return { kind: 'text', glob: `[${first}-${last}]` };
}
