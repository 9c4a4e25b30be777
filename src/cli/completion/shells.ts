import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The shells that `s3-backup completion` knows, each with its script in the folder `completions` of this package. */
const SCRIPTS = {
  bash: 's3-backup.bash',
  zsh: '_s3-backup',
  fish: 's3-backup.fish',
  powershell: 's3-backup.ps1',
} as const;

export type Shell = keyof typeof SCRIPTS;
export const SHELLS = Object.keys(SCRIPTS) as readonly Shell[];

export function isShell(name: string | undefined): name is Shell {
  return SHELLS.some((shell) => shell === name);
}

/** The completion script of a shell. It asks the program for everything, so it stays right when the program changes. */
export function completionScript(shell: Shell): string {
  const manifest = createRequire(import.meta.url).resolve('s3-backup-pipeline/package.json');
  return readFileSync(join(dirname(manifest), 'completions', SCRIPTS[shell]), 'utf8');
}
