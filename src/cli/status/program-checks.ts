import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { systemCode } from '../../core/errors.ts';
import type { Settings } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../output/printable.ts';
import type { Check } from './check.ts';

/** Where the system looks for a program if PATH is not set. */
const USUAL_PATH = '/usr/local/bin:/bin:/usr/bin';

/** Checks that the programs of the hooks, and the one that sends mail, can be started. None is started. */
export function programChecks(
  { hooks, notify }: Settings,
  { cwd, env }: Pick<CliContext, 'cwd' | 'env'>,
): Check[] {
  // It looks for programs in another way.
  if (process.platform === 'win32') return [];
  const programs = [
    ...(['before', 'after', 'on_success', 'on_failure'] as const).map(
      (hook) => [`hook ${hook}`, `hooks.${hook}`, hooks[hook]?.[0]] as const,
    ),
    ['mail', 'notify.sendmail', notify.email.length > 0 ? notify.sendmail[0] : undefined] as const,
  ];
  return programs.flatMap(([name, setting, program]) =>
    program === undefined ? [] : [programCheck({ name, setting, program, cwd, env })],
  );
}

interface Program {
  readonly name: string;
  readonly setting: string;
  readonly program: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

function programCheck({ name, setting, program, cwd, env }: Program): Check {
  const hasFolder = program.includes('/');
  const folders = hasFolder ? [''] : (env.PATH ?? USUAL_PATH).split(delimiter);
  const tries = folders.map((folder) => tryProgram(resolve(cwd, folder, program)));
  const shown = printable(program);
  if (tries.some(({ flaw }) => flaw === undefined))
    return { name, passed: true, detail: `${shown} can be executed` };
  // A folder of PATH that may not be searched says nothing about the program.
  const found = tries.find(
    ({ isSeen, flaw }) => isSeen || (hasFolder && flaw !== 'ENOENT' && flaw !== 'ENOTDIR'),
  );
  const where = hasFolder ? '' : ' in any folder of PATH';
  const detail = found
    ? `${shown} cannot be executed (${found.flaw})`
    : `there is no program ${shown}${where}`;
  return { name, passed: false, detail, hint: `Check ${setting}.` };
}

interface Try {
  /** Whether something of this name is there. */
  readonly isSeen: boolean;
  /** Why it is no program that can be executed, as a code of the system; undefined if it is one. */
  readonly flaw?: string;
}

function tryProgram(path: string): Try {
  let isSeen = false;
  try {
    const isFile = statSync(path).isFile();
    isSeen = true;
    if (!isFile) return { isSeen, flaw: 'EACCES' };
    accessSync(path, constants.X_OK);
    return { isSeen };
  } catch (error) {
    return { isSeen, flaw: systemCode(error) ?? 'EACCES' };
  }
}
