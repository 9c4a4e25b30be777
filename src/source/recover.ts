import { readdirSync } from 'node:fs';
import { isLeftClaimFolder, type Recovery, recoverClaims } from './claim-folder.ts';
import type { SourceRoot } from './root.ts';
import { openSourceFolder } from './source-file.ts';

/**
 * Puts back what crashed runs left in a folder's claim folders.
 *
 * @param path Of the folder, relative to the root.
 * @throws SourceError or the system's error
 */
export function recoverFolder(root: SourceRoot, path: string): Recovery {
  const folder = openSourceFolder(root, path);
  try {
    const recovery: Recovery = { restored: [], blocked: [] };
    for (const name of readdirSync(folder.entry('.')).filter(isLeftClaimFolder)) {
      const { restored, blocked } = recoverClaims((entry) => folder.entry(entry), name);
      recovery.restored.push(...restored);
      recovery.blocked.push(...blocked.map((blockedName) => `${name}/${blockedName}`));
    }
    return recovery;
  } finally {
    folder.close();
  }
}
