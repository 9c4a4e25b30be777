import { FormError } from './form-error.ts';

/** A program and its arguments. */
export type CommandWords = readonly [program: string, ...words: string[]];

const FORM =
  'a list of a program and its arguments, each a text ([/usr/bin/program, argument]); for a shell: [sh, -c, "..."]';

/**
 * Reads a command: a list of texts, or the program alone. A text with white space is refused, since it could be meant for a
 * shell.
 *
 * @throws FormError that names the allowed forms
 */
export function parseCommand(value: unknown): CommandWords {
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [program, ...others] = words.map((word) => {
    if (typeof word !== 'string' || word.includes('\0')) throw new FormError(FORM);
    return word;
  });
  // A list that is no JSON, as a variable may have it: [sh, -c, x].
  const isProgram = program !== undefined && program.trim() !== '' && !program.startsWith('[');
  if (!isProgram || (!Array.isArray(value) && /\s/.test(program))) throw new FormError(FORM);
  return [program, ...others];
}

/** Shows a command without its arguments, which may be secrets. */
export function formatCommand([program, ...others]: CommandWords): string {
  return others.length === 0 ? program : `${program} ...`;
}
