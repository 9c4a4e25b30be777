import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { completionScript, isShell, SHELLS } from '../completion/shells.ts';
import type { CliContext } from '../context.ts';
import { shortened } from '../output/printable.ts';

/**
 * Runs `s3-backup completion`: prints the completion script of a shell.
 *
 * @returns the exit code
 * @throws BackupError `BAD_OPTION`
 */
export function completionAction({ stdout }: CliContext, shell: string | undefined): number {
  const name = shell === 'pwsh' ? 'powershell' : shell;
  if (!isShell(name)) {
    const said =
      shell === undefined ? 'No shell was given' : `"${shortened(shell)}" is no shell that is known`;
    throw new BackupError(
      'BAD_OPTION',
      `${said}; give ${SHELLS.slice(0, -1).join(', ')} or ${SHELLS.at(-1)}.`,
      {
        hint: 'In bash, for example: source <(s3-backup completion bash)',
      },
    );
  }
  stdout.write(completionScript(name));
  return EXIT_CODES.ok;
}
