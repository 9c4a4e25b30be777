import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Exposure } from './exposure.ts';
import { currentUser } from './others.ts';
import { OLD_MS } from './temporary-name.ts';
import { walk } from './walk.ts';

export interface TemporaryFolder {
  readonly path: string;
  /** Whether others can put another folder in its place, as where TMPDIR has mode 0777: its path may lead elsewhere then. */
  readonly isExposed: boolean;
}

/**
 * Makes a folder for this process alone in the system's one for temporary files, and removes those of its kind that killed
 * processes have left there a week ago.
 *
 * @param kind What its name says after `s3-backup-`.
 * @throws the system's error
 */
export function makeTemporaryFolder(kind: 'manifest' | 'demo'): TemporaryFolder {
  const parent = realpathSync(tmpdir());
  const start = `s3-backup-${kind}-`;
  const path = mkdtempSync(join(parent, start));
  const exposure = new Exposure();
  walk(join(path, 'file'), { onStep: (step) => exposure.add(step) }).folder.close();
  const { isExposed } = exposure;
  if (!isExposed) removeLeftFolders(parent, start, statSync(path).mtimeMs);
  return { path, isExposed };
}

/** As far as it can. Only where nobody else can put a link in the place of what is removed. */
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
    // What is not ours to list or to remove stays.
  }
}
