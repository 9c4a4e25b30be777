import type { CommandClass } from 'clipanion';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { CliContext } from '../context.ts';
import { oneLine, printable } from '../output/printable.ts';
import { type BashLine, readBashLine } from './bash-line.ts';
import type { Candidate } from './candidate.ts';
import { type Completion, completionOf } from './candidates.ts';
import { quoteForBash, quoteForPowerShell } from './quote.ts';

/** Most time that a bucket gets to answer, in milliseconds. The user waits meanwhile. */
const LIMIT_MS = 1_800;

const NOTHING: Completion = { candidates: [], local: 'none' };

/**
 * Answers the completion script of a shell. The first line says which local names the shell completes as well (`none`, `files`
 * or `folders`), and for bash whether no space follows; each other line is a candidate in the form of that shell. Whatever goes
 * wrong, there are only fewer candidates: an error message would land in the command line that is being typed.
 *
 * @param shell The shell, as the script names it.
 * @param given From bash the line up to the cursor and COMP_WORDBREAKS, from the others the words behind the program's name up
 * to the cursor. From PowerShell each word has a `=` before it, since PowerShell 7.2 and older drop an empty argument.
 * @returns 0
 */
export async function answerShell(
  shell: string,
  given: readonly string[],
  commands: readonly CommandClass<CliContext>[],
  context: CliContext,
): Promise<number> {
  const line = shell === 'bash' ? readBashLine(given[0] ?? '', given[1] ?? '') : undefined;
  const words = line?.words ?? (shell === 'powershell' ? given.map((word) => word.slice(1)) : given);
  const completion = line?.isRedirected
    ? ({ candidates: [], local: 'files' } as const)
    : await inTime((signal) => completionOf(words, { commands, context, signal }));
  const candidates = completion.candidates.filter(({ value }) => printable(value) === value);
  const [first = { value: '' }] = candidates;
  const head = line && candidates.length === 1 && /[/=]$/.test(first.value) ? ' nospace' : '';
  const lines = [
    `${completion.local}${head}`,
    ...candidates.map((candidate) => lineOf(candidate, shell, line)),
  ];
  await new Promise((resolve) => context.stdout.write(`${lines.join('\n')}\n`, resolve));
  // A request, or a search for credentials, may still be under way.
  context.exit(EXIT_CODES.ok);
  return EXIT_CODES.ok;
}

function lineOf({ value, about }: Candidate, shell: string, line: BashLine | undefined): string {
  if (line) return quoteForBash(value, line);
  const text = about === undefined ? undefined : oneLine(about);
  if (shell === 'powershell') return [quoteForPowerShell(value), value, text ?? value].join('\t');
  return text === undefined ? value : `${value}\t${text}`;
}

async function inTime(work: (signal: AbortSignal) => Promise<Completion>): Promise<Completion> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const late = new Promise<Completion>((resolve) => {
    signal.addEventListener('abort', () => resolve(NOTHING), { once: true });
  });
  return Promise.race([work(signal).catch(() => NOTHING), late]);
}
