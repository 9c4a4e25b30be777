import { realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { BackupError } from '../errors.ts';

/**
 * Refuses an output of this program inside the folder that is being moved: it would be uploaded, and deleted, while it
 * is written to.
 *
 * @param output A path; its file need not exist.
 * @param option That named it, for the message.
 * @throws BackupError `BAD_OPTION`
 */
export function requireOutside(source: string, output: string | undefined, option: string): void {
  if (output === undefined || output === '-') return;
  const folder = nearestReal(source);
  const path = nearestReal(output);
  if (path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new BackupError(
      'BAD_OPTION',
      `${option} is inside the source folder, and deletion is on: ${output}`,
      {
        hint: 'Put it elsewhere.',
      },
    );
  }
}

/** With every link resolved, as far as the path exists. */
function nearestReal(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(nearestReal(parent), basename(path));
  }
}
