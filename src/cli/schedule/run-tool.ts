import { spawnSync } from 'node:child_process';
import { BackupError } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/printable.ts';

export interface ToolAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of the system, and waits for its end.
 *
 * @throws BackupError `SCHEDULE_FAILED` if it cannot be started
 */
export function runTool({ env }: CliContext, words: readonly string[], input = ''): ToolAnswer {
  const [name = '', ...rest] = words;
  // Messages of the tools are looked at.
  const ran = spawnSync(name, rest, { env: { ...env, LC_ALL: 'C.UTF-8' }, input, encoding: 'utf8' });
  if (ran.error)
    throw new BackupError('SCHEDULE_FAILED', `${name} cannot be started: ${ran.error.message}`, {
      hint: 'Print the schedule without --install, and put it in its place by hand; or choose with --with: systemd, cron, launchd.',
    });
  return { code: ran.status ?? 1, stdout: ran.stdout, stderr: ran.stderr };
}

/**
 * Runs a program of the system that must succeed.
 *
 * @returns what it prints
 * @throws BackupError `SCHEDULE_FAILED`
 */
export function requireTool(context: CliContext, words: readonly string[], input = ''): string {
  const { code, stdout, stderr } = runTool(context, words, input);
  if (code === 0) return stdout;
  throw new BackupError('SCHEDULE_FAILED', `${words.join(' ')}: ${oneLine(stderr) || `exit code ${code}`}`);
}
