import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './built-package.ts';

/**
 * Fetches a release of Node.js, about 50 MB that npm keeps in its cache, as one of the packages that the package `node`
 * chooses from.
 *
 * @param release such as `22` for the newest of that line
 * @param folder gets a folder named for the release
 * @returns the path of the program
 * @throws Error if npm has no such release for this system
 */
export function fetchNode(release: string, folder: string): string {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const target = join(folder, release);
  mkdirSync(target, { recursive: true });
  const packed = npm(
    ['pack', '--json', '--pack-destination', target, `node-${system}-${process.arch}@${release}`],
    folder,
  );
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const { status } = spawnSync('tar', ['-xzf', join(target, filename), '-C', target], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${filename} cannot be unpacked`);
  rmSync(join(target, filename));
  return join(target, 'package/bin', system === 'win' ? 'node.exe' : 'node');
}
