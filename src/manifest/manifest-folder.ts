import { rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { messageOf } from '../core/errors.ts';
import { makeTemporaryFolder } from '../files/temporary-folder.ts';

const SYSTEM_PLACES = process.platform === 'win32' ? [] : ['/tmp'];

/**
 * Makes a folder that holds a manifest until it is stored, and in which no other user can replace it. The folder is made in
 * TMPDIR, or in /tmp if others may rename folders in TMPDIR (mode 0777 without sticky bit) or it cannot be used.
 *
 * @param parents Folders to try, in this order. Default: TMPDIR, then /tmp.
 * @returns path of the folder
 * @throws Error with a reason for each parent if none can be used
 */
export function makeManifestFolder(parents: readonly string[] = [tmpdir(), ...SYSTEM_PLACES]): string {
  const reasons: string[] = [];
  for (const parent of new Set(parents)) {
    try {
      const { path, isExposed } = makeTemporaryFolder('manifest', parent);
      if (!isExposed) return path;
      rmdirSync(path);
      reasons.push(`others may rename folders in ${parent}`);
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  throw new Error(`there is no place to write it: ${reasons.join('; ')}; set TMPDIR to a folder of your own`);
}
