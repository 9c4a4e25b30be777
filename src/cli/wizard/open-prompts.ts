import type { CliContext } from '../context.ts';
import { isTerminal } from '../output/screen.ts';
import { LinePrompts } from './line-prompts.ts';
import type { Prompts } from './prompts.ts';

/**
 * Opens the prompts for the terminal at which the program was started.
 *
 * @returns undefined if there is none, so that nothing can be asked
 */
export async function openPrompts(context: CliContext): Promise<Prompts | undefined> {
  const { stdin, stderr, env } = context;
  if (!isTerminal(stdin) || !isTerminal(stderr)) return undefined;
  // Users of screen readers set ACCESSIBLE, which several programs heed.
  if (env.TERM === 'dumb' || (env.ACCESSIBLE ?? '') !== '') return new LinePrompts(stdin, stderr);
  // Loaded only if it is needed.
  const { ClackPrompts } = await import('./clack-prompts.ts');
  return new ClackPrompts(context);
}
