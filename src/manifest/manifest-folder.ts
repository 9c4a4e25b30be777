import { rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { messageOf } from '../core/errors.ts';
import { makeTemporaryFolder } from '../files/temporary-folder.ts';

const SYSTEM_PLACES = process.platform === 'win32' ? [] : ['/tmp'];

/**
 * Makes a folder for a manifest until it is stored, in which nobody else can replace it: in TMPDIR, or in
 * /tmp if TMPDIR is not such a place (mode 0777 without sticky bit) or cannot be used.
 *
 * @param parents Tried in this order.
 * @returns its path
 * @throws Error with a reason for each parent if there is no such place
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
