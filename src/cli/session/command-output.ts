import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import type { CliContext } from '../context.ts';

/**
 * Starts a shell command, and returns what it writes to stdout. The stream ends only if the command exits with 0; otherwise it
 * fails. The command's stderr is that of this process. Destroying the stream ends the command and its children.
 */
export function commandOutput({ cwd, env }: Pick<CliContext, 'cwd' | 'env'>, command: string): Readable {
  const output = new PassThrough();
  // A reader that comes later gets the error, too.
  output.on('error', () => undefined);
  const child = spawn(command, {
    shell: true,
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, which is ended as a whole, and only by us: Ctrl-C first stops the upload in order.
    detached: process.platform !== 'win32',
  });
  child.stdout.on('error', (error) => output.destroy(error));
  child.stdout.pipe(output, { end: false });
  child.once('error', (error) => output.destroy(error));
  child.once('close', (code, signal) => {
    if (code === 0) output.end();
    else output.destroy(new Error(`the command ended with ${signal ?? `exit code ${code}`}`));
  });
  output.once('close', () => endGroup(child));
  return output;
}

function endGroup(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has just ended by itself.
  }
}
