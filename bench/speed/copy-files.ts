import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A real copy for a run that deletes: files with further hard links are kept. It is written to the disk before the run,
 * which would pay for it else.
 * @returns the copy's folder
 * @throws Error when cp fails
 */
export function copyFiles(folder: string, copy: string): string {
  mkdirSync(dirname(copy), { recursive: true });
  const { status, stderr } = spawnSync('cp', ['--archive', '--reflink=auto', folder, copy], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the files were not copied: ${stderr}`);
  spawnSync('sync', ['--file-system', copy]);
  return copy;
}
