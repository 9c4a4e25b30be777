import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));

export const hasCompiler = spawnSync('gcc', ['--version']).status === 0;

/**
 * Compiles a C program of test/support/programs/ for Linux.
 *
 * @param name Without `.c`.
 * @param folder Where the executable is put.
 * @returns its path
 */
export function compileProgram(name: string, folder: string): string {
  const executable = join(folder, name);
  const args = ['-Wall', '-Werror', '-pthread', '-o', executable, join(PROGRAMS, `${name}.c`)];
  const { status, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`gcc failed: ${stderr}`);
  return executable;
}
