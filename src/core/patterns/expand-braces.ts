import { type Glob, PatternError, type Token } from './token.ts';

const MAX_WRITTEN_OUT = 20_000;

/**
 * Limits the cost of the braces in one list of patterns: the characters of braces that are written out, and the combinations of
 * the others. 20,000 of them in one pattern, the limit, take at most 60 ms for a name of 255 characters.
 */
export class BraceBudget {
  #left = MAX_WRITTEN_OUT;

  /** @throws PatternError */
  spend(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0)
      throw new PatternError(
        `with its braces expanded the list has more than ${MAX_WRITTEN_OUT} characters; use "*" or fewer of them`,
      );
  }
}

/**
 * Expands braces: `{a,b}c` becomes `ac` and `bc`.
 *
 * @param isWanted Chooses the braces to expand; the others stay.
 * @throws PatternError
 */
export function expandBraces(glob: Glob, isWanted: (braces: Token) => boolean, budget: BraceBudget): Glob[] {
  let forms: Token[][] = [[]];
  for (const token of glob) {
    if (token.kind === 'braces' && isWanted(token)) {
      const options = token.options.flatMap((option) => expandBraces(option, isWanted, budget));
      budget.spend(forms.length * sizeOf(options) + options.length * sizeOf(forms));
      forms = forms.flatMap((form) => options.map((option) => [...form, ...option]));
    } else {
      if (forms.length > 1) budget.spend(forms.length);
      for (const form of forms) form.push(token);
    }
  }
  return forms;
}

/** Cost of the forms. Each counts one more than its characters, since `{,}` costs something, too. */
function sizeOf(forms: readonly Glob[]): number {
  return forms.reduce((sum, form) => sum + form.length + 1, 0);
}

/** Number of combinations of alternatives that a regular expression can try for a glob. */
export function combinationsOf(glob: Glob): number {
  return glob.reduce(
    (product, token) =>
      token.kind === 'braces' ? product * sumOf(token.options.map(combinationsOf)) : product,
    1,
  );
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
