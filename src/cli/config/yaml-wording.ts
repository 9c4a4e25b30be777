import { CST, Lexer } from 'yaml';
import { ConfigSyntaxError, positionAt } from './parse/syntax-error.ts';
import { commentProblem } from './unquoted.ts';

/** One word of a YAML text, as the lexer splits it. */
interface Word {
  /** Type of the word in the yaml library, or `plain` for a text without quotes. */
  readonly type: string;
  readonly source: string;
  readonly offset: number;
}

const SEVERAL_LINES = 'a text without quotes must be in one line: put it in quotes, or write it as a list';
const BEFORE_VALUES: readonly string[] = ['comma', 'flow-seq-start', 'flow-map-start'];

/**
 * Refuses spellings that YAML allows but that make a value less than was written: a `#` that begins a word, a text without
 * quotes that continues on the next line, and unquoted patterns that YAML takes for names (`*.tmp`, `&a`, `! a`).
 *
 * @throws ConfigSyntaxError with line and column
 */
export function requireClearWording(text: string): void {
  const words = wordsOf(text);
  requireKnownNames(words, text);
  let before: Word | undefined;
  for (const word of words) {
    if (word.type === 'plain' && /[\r\n]/.test(word.source)) throw failAt(text, word, SEVERAL_LINES);
    const problem = word.type === 'comment' && before && problemBehind(before, word.source);
    if (problem) throw failAt(text, word, problem);
    if (word.type === 'newline' || word.type === 'block') before = undefined;
    else if (word.type !== 'space') before = word;
  }
}

/** @param before The word before the comment in its line. */
function problemBehind({ type, source }: Word, comment: string): string | undefined {
  if (type === 'plain' || type === 'alias') return commentProblem(`${source} `, comment);
  // Between brackets the value may follow in the next line.
  return BEFORE_VALUES.includes(type) ? commentProblem('x ', comment) : undefined;
}

function requireKnownNames(words: readonly Word[], text: string): void {
  const names = (type: string) =>
    new Set(words.filter((word) => word.type === type).map(({ source }) => source.slice(1)));
  const [anchors, aliases] = [names('anchor'), names('alias')];
  const odd = words.find(
    ({ type, source }) =>
      (type === 'alias' && !anchors.has(source.slice(1))) ||
      (type === 'anchor' && !aliases.has(source.slice(1))) ||
      (type === 'tag' && source === '!'),
  );
  if (odd)
    throw failAt(
      text,
      odd,
      `a text that begins with ${odd.source[0]} must be in quotes: "${odd.source[0]}..."`,
    );
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let offset = 0;
  let isText = false;
  let afterHeader = false;
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source) ?? 'error';
    // These tokens are not in the text; `scalar` announces a word without quotes.
    if (!isText && ['scalar', 'doc-mode', 'flow-error-end'].includes(type)) {
      isText = type === 'scalar';
      continue;
    }
    words.push({ type: isText ? (afterHeader ? 'block' : 'plain') : type, source, offset });
    if (isText || !['space', 'comment', 'newline'].includes(type))
      afterHeader = !isText && type === 'block-scalar-header';
    isText = false;
    offset += source.length;
  }
  return words;
}

function failAt(text: string, { offset }: Word, reason: string): ConfigSyntaxError {
  return new ConfigSyntaxError(reason, positionAt(text, offset));
}
