import type { BashLine } from './bash-line.ts';

/** Characters that mean something to bash outside of quotes. */
const BASH_SPECIAL = /[\s"'\\$`!*?[\](){}<>|&;#~^]/g;

/** Writes a word so that bash reads it, from where readline replaces the word at the cursor. */
export function quoteForBash(word: string, { kept, quote }: Pick<BashLine, 'kept' | 'quote'>): string {
  const rest = word.slice(kept);
  if (quote === "'") return rest.replaceAll("'", String.raw`'\''`);
  return rest.replace(quote === '"' ? /["\\$`]/g : BASH_SPECIAL, String.raw`\$&`);
}

/** Writes a word so that PowerShell reads it as an argument. It takes typographic quotes for quotes, too. */
export function quoteForPowerShell(word: string): string {
  return /^[\p{L}\p{N}_/.:=+%*-][\p{L}\p{N}_/.:=+%*\\-]*$/u.test(word)
    ? word
    : `'${word.replace(/['‘’‚‛]/g, '$&$&')}'`;
}
