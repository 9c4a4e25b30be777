import { type Glob, PatternError, type Token } from './token.ts';

const MAX_WRITTEN_OUT = 20_000;

/**
 * What the braces of one list of patterns may cost: the characters of those that are written out, the combinations of the
 * others. All 20,000 in one pattern take at most 60 ms for a name of 255 characters.
 */
export class BraceBudget {
  #left = MAX_WRITTEN_OUT;

  /** @throws PatternError */
  spend(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0)
      throw new PatternError(
        `with its braces written out the list has more than ${MAX_WRITTEN_OUT} characters; use "*" or fewer of them`,
      );
  }
}

/**
 * Writes out braces: `{a,b}c` is `ac` and `bc`.
 *
 * @param isWanted Which braces; the others stay as they are.
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

/** One more for each, since `{,}` costs something, too. */
function sizeOf(forms: readonly Glob[]): number {
  return forms.reduce((sum, form) => sum + form.length + 1, 0);
}

/** In how many ways an expression can try the braces of a glob. */
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
