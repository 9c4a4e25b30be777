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
  const flaws = folders.map((folder) => flawOf(resolve(cwd, folder, program)));
  const shown = printable(program);
  if (flaws.includes(undefined)) return { name, passed: true, detail: `${shown} can be executed` };
  const isFound = flaws.find((flaw) => flaw !== 'ENOENT' && flaw !== 'ENOTDIR');
  const where = hasFolder ? '' : ' in any folder of PATH';
  const detail = isFound
    ? `${shown} cannot be executed (${isFound})`
    : `there is no program ${shown}${where}`;
  return { name, passed: false, detail, hint: `Check ${setting}.` };
}

/** @returns why a path is no program that can be executed, as a code of the system; undefined if it is one */
function flawOf(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? undefined : 'EACCES';
  } catch (error) {
    return systemCode(error) ?? 'EACCES';
  }
}
