import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import type { CliContext } from '../context.ts';
import type { Screen } from '../output/screen.ts';

/**
 * Starts a shell command, and returns what it writes to stdout. The stream ends only if the command exits with 0; otherwise it
 * fails. Destroying the stream ends the command and its children.
 *
 * @param screen Writes what the command writes to stderr, above a progress line. Default: the command has the stderr of this
 * process.
 */
export function commandOutput(
  { cwd, env }: Pick<CliContext, 'cwd' | 'env'>,
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
    // A group of its own, which is ended as a whole, and only by us: Ctrl-C first stops the upload in order.
    detached: process.platform !== 'win32',
  });
  if (screen && child.stderr) writeLines(child.stderr, screen);
  child.stdout?.on('error', (error) => output.destroy(error));
  child.stdout?.pipe(output, { end: false });
  child.once('error', (error) => output.destroy(error));
  child.once('close', (code, signal) => {
    if (code === 0) output.end();
    else output.destroy(new Error(`the command ended with ${signal ?? `exit code ${code}`}`));
  });
  output.once('close', () => endGroup(child));
  return output;
}

/** Longest line that is waited for, in characters. */
const LONGEST_LINE = 16_384;

/** Writes what a stream brings to the screen, in whole lines. */
function writeLines(stream: Readable, screen: Pick<Screen, 'write'>): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const all = rest + text;
    const end = all.length > LONGEST_LINE ? all.length : all.lastIndexOf('\n') + 1;
    if (end > 0) screen.write(endedLine(all.slice(0, end)));
    rest = all.slice(end);
  });
  stream.once('end', () => {
    if (rest !== '') screen.write(endedLine(rest));
  });
  stream.once('error', () => undefined);
}

function endedLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
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
