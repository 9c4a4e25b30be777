import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Our program with a dist/ of today's sources, in a folder of its own: the repository's dist/ may be old, or in use. */
export function buildProgram(): { readonly bin: string; remove(): void } {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'bench-program-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  for (const part of ['bin', 'package.json']) cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle.js', join(folder, 'dist')]);
  if (status !== 0) {
    remove();
    throw new Error(`the build failed: ${stderr}`);
  }
  return { bin: join(folder, 'bin/s3-backup.js'), remove };
}
