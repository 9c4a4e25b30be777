import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { TestContext } from 'node:test';

export type Files = Readonly<Record<string, string | Buffer>>;

/** A folder of its own for one test, that anybody may read; it is removed with everything in it after the test. */
export function useFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 's3-backup-'));
  chmodSync(folder, 0o755);
  t.after(() => remove(folder));
  return folder;
}

/** Only root can look into a folder of mode 000. */
function remove(folder: string): void {
  if (process.geteuid?.() !== 0) spawnSync('chmod', ['-R', 'u+rwX', folder]);
  rmSync(folder, { recursive: true, force: true });
}

/** A temporary folder that holds these files; a path that ends in `/` is an empty folder. */
export function useTree(t: TestContext, files: Files): string {
  const folder = useFolder(t);
  addFiles(folder, files);
  return folder;
}

export function addFiles(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(full, content);
  }
}

/** Every regular file below a folder with its bytes, by its relative path. */
export function filesIn(folder: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const full of pathsIn(folder)) {
    if (lstatSync(full).isFile()) found.set(relative(folder, full), readFileSync(full));
  }
  return found;
}

/** The relative paths of everything below a folder, folders included, sorted. */
export function namesIn(folder: string): string[] {
  return pathsIn(folder)
    .map((full) => relative(folder, full))
    .sort();
}

function pathsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = join(folder, entry.name);
    return entry.isDirectory() ? [full, ...pathsIn(full)] : [full];
  });
}
