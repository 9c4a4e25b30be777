import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bareEnvironment } from '../measure.ts';

/**
 * The first program of a name on the PATH whose answer to `args` matches: two releases of one program may be installed.
 * @returns its path; undefined if there is none
 */
export function findProgram(name: string, args: readonly string[], expected: RegExp): string | undefined {
  const env = bareEnvironment();
  const candidates = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return candidates.filter(existsSync).find((file) => {
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env });
    return status === 0 && expected.test(`${stdout}${stderr}`);
  });
}
