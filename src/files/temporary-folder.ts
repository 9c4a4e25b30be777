import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Exposure } from './exposure.ts';
import { followPath } from './follow-path.ts';
import { currentUser } from './others.ts';
import { OLD_MS } from './temporary-files.ts';

export interface TemporaryFolder {
  readonly path: string;
  /** Whether other users can replace it by another folder, for example because TMPDIR has mode 0777. */
  readonly isExposed: boolean;
}

/**
 * Creates a folder with mode 0700 for temporary files. Removes folders of the same kind that killed processes left at least a
 * week ago.
 *
 * @param kind Part of its name, after `s3-backup-`.
 * @param place Parent folder. Default: the system's folder for temporary files.
 * @throws the system's error
 */
export function makeTemporaryFolder(kind: 'manifest' | 'demo', place = tmpdir()): TemporaryFolder {
  const parent = realpathSync(place);
  const start = `s3-backup-${kind}-`;
  const path = mkdtempSync(join(parent, start));
  const exposure = new Exposure();
  followPath(join(path, 'file'), { onStep: (step) => exposure.add(step) }).folder.close();
  const { isExposed } = exposure;
  if (!isExposed) removeLeftFolders(parent, start, statSync(path).mtimeMs);
  return { path, isExposed };
}

/**
 * Removes old leftovers, and ignores failures. Only for a parent in which no other user can put a link in the place of a
 * removed folder.
 */
function removeLeftFolders(parent: string, start: string, now: number): void {
  const form = new RegExp(`^${start}[A-Za-z0-9]{6}$`);
  try {
    for (const name of readdirSync(parent).filter((each) => form.test(each))) {
      const folder = join(parent, name);
      const stats = lstatSync(folder);
      const isOurs = stats.uid === (currentUser() ?? stats.uid) && (stats.mode & 0o777) === 0o700;
      if (stats.isDirectory() && isOurs && now - stats.mtimeMs >= OLD_MS)
        rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    // The folder may belong to another user.
  }
}
