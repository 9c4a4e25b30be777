/** A bash command line up to the cursor, read as bash reads it. */
export interface BashLine {
  /** The words behind the program's name, without quotes; the last one is the word at the cursor, which may be empty. */
  readonly words: readonly string[];
  /** How much of the last word readline leaves as it is: what it replaces begins behind that, at a word break or a quote. */
  readonly kept: number;
  /** The quote that is open at the cursor; '' if none is. */
  readonly quote: '' | '"' | "'";
  /** Whether the word at the cursor is the target of a redirection. */
  readonly isRedirected: boolean;
}

/** A variable that is set for this command only. */
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/**
 * Splits a command line. Expansions (`$x`, `*`, `~`) stay as they are written.
 *
 * @param line COMP_LINE up to COMP_POINT. @param breaks COMP_WORDBREAKS.
 */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let word = { text: '', kept: 0, isBegun: false };
  let quote: BashLine['quote'] = '';
  let isRedirected = false;
  let keptOutside = 0;
  const end = () => {
    if (word.isBegun && !isRedirected) words.push(word.text);
    if (word.isBegun) isRedirected = false;
    word = { text: '', kept: 0, isBegun: false };
  };
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    const next = line[at + 1] ?? '';
    if (isEscape(character, next, quote)) {
      at += 1;
      word = { ...word, text: word.text + next, isBegun: true };
    } else if (character === quote) {
      quote = '';
      word.kept = keptOutside;
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      keptOutside = word.kept;
      word = { ...word, kept: word.text.length, isBegun: true };
    } else if (quote === '' && /[\s<>]/.test(character)) {
      end();
      isRedirected ||= /[<>]/.test(character);
    } else {
      const text = word.text + character;
      const kept = quote === '' && breaks.includes(character) ? text.length : word.kept;
      word = { text, kept, isBegun: true };
    }
  }
  const program = words.findIndex((each) => !ASSIGNMENT.test(each));
  return { words: [...words.slice(program + 1), word.text], kept: word.kept, quote, isRedirected };
}

/** Whether a backslash makes the next character literal: always outside of quotes, before a few in double ones. */
function isEscape(character: string, next: string, quote: BashLine['quote']): boolean {
  if (character !== '\\' || quote === "'") return false;
  return quote === '' || /["\\$`]/.test(next);
}
