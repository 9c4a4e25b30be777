import { spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import type { CliContext } from '../context.ts';
import type { Screen } from '../output/screen.ts';
import { OWN_GROUP, signalGroup } from './own-group.ts';
import { wholeLines } from './whole-lines.ts';

/**
 * Starts a shell command, and returns what it writes to stdout. The stream ends only if the command exits with 0; otherwise it
 * fails. Destroying the stream, or the end of this process, ends the command and its children.
 *
 * @param screen Writes what the command writes to stderr, above a progress line. Default: the command has the stderr of this
 * process.
 */
export function commandOutput(
  { cwd, env, atExit }: Pick<CliContext, 'cwd' | 'env' | 'atExit'>,
  command: string,
  screen?: Pick<Screen, 'write'>,
): Readable {
  const output = new PassThrough();
  // A reader that comes later gets the error, too.
  output.on('error', () => undefined);
  const child = spawn(command, {
    shell: true,
    cwd,
    env,
    stdio: ['ignore', 'pipe', screen ? 'pipe' : 'inherit'],
    ...OWN_GROUP,
  });
  if (screen && child.stderr) wholeLines(child.stderr, (lines) => screen.write(lines));
  child.stdout?.on('error', (error) => output.destroy(error));
  child.stdout?.pipe(output, { end: false });
  child.once('error', (error) => output.destroy(error));
  child.once('close', (code, signal) => {
    if (code === 0) output.end();
    else output.destroy(new Error(`the command ended with ${signal ?? `exit code ${code}`}`));
  });
  const endGroup = () => {
    if (child.exitCode === null && child.signalCode === null) signalGroup(child, 'SIGTERM');
  };
  output.once('close', endGroup);
  child.once('close', atExit(endGroup));
  return output;
}
