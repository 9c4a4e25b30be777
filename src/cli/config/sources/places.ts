import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { knownHome } from '../../../files/home-folder.ts';
import { currentUser } from '../../../files/others.ts';
import { ConfigError } from '../config-error.ts';

/** Name of this program for rc, as in `.backuprc`, `/etc/backuprc`, `backup_config`. */
export const RC_NAME = 'backup';

/** A configuration file that may be read. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  /** Name of the file in messages. */
  readonly name: string;
  /**
   * - `usual`: in /etc or the home folder
   * - `shared`: in the home folder, under a name that other programs use as well: `~/.config/backup/config`
   * - `found`: `.backuprc` in the current folder or above it, so perhaps another user's
   * - `named`: by `--config` or `backup_config`; it must exist
   */
  readonly kind: 'usual' | 'shared' | 'found' | 'named';
}

/** The surroundings in which configuration files are searched. */
export interface Surroundings {
  /** Absolute path of the current folder. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The path that `--config` named; undefined if the flag was not given. */
  readonly configFile?: string | undefined;
  /** Whether a named file is read although other users may have written it. Default false. */
  readonly trustConfig?: boolean | undefined;
  /** A file that is about to be written: it is read as if it were in its place already. Default: none. */
  readonly draft?: Draft | undefined;
}

/** A configuration file that is about to be written. */
export interface Draft {
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
}

/**
 * Lists the places where rc looks, in rising precedence and as it spells the paths (rc 1.2.8, index.js). The list is needed
 * because rc silently skips files that it cannot read, and reads files before their owner can be checked.
 */
export function configPlaces({ cwd, env, configFile, draft }: Surroundings): Place[] {
  const usual = [...systemPlaces(), ...homePlaces(homeOf(env))].map(
    (file): Place => ({ file, name: file, kind: file.endsWith(`${RC_NAME}rc`) ? 'usual' : 'shared' }),
  );
  const found = nearest(`.${RC_NAME}rc`, cwd, draft?.file).map(
    (file): Place => ({ file, name: file, kind: 'found' }),
  );
  const named = [configVariable(env), configFile]
    .filter((name): name is string => name !== undefined && name !== '')
    .map((name): Place => ({ file: resolve(cwd, expandHome(name, env)), name, kind: 'named' }));
  return [...usual, ...found, ...named].filter(isHighest);
}

/**
 * Replaces a leading `~` by the home folder; any other path is returned unchanged.
 *
 * @throws ConfigError `CONFIG_INVALID` if there is no home folder
 */
export function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  const home = homeFolder(env);
  if (home !== undefined) return join(home, path.slice(1));
  throw new ConfigError('CONFIG_INVALID', [
    `${path}: HOME is not set, and the system knows no home folder for user ${currentUser()}; set HOME, or use an absolute path`,
  ]);
}

/** The home folder of the user; undefined if HOME is not set and the system does not know the user. */
export function homeFolder(env: NodeJS.ProcessEnv): string | undefined {
  return homeOf(env) ?? knownHome();
}

/** Whether no later place has the same file: `--config ~/.backuprc` wins over `./.backuprc`. */
function isHighest(place: Place, index: number, all: readonly Place[]): boolean {
  return !all.some((other, at) => at > index && other.file === place.file);
}

function systemPlaces(): string[] {
  return process.platform === 'win32' ? [] : [`/etc/${RC_NAME}/config`, `/etc/${RC_NAME}rc`];
}

function homePlaces(home: string | undefined): string[] {
  if (home === undefined) return [];
  const below = [
    ['.config', RC_NAME, 'config'],
    ['.config', RC_NAME],
    [`.${RC_NAME}`, 'config'],
    [`.${RC_NAME}rc`],
  ];
  return below.map((parts) => join(home, ...parts));
}

function homeOf(env: NodeJS.ProcessEnv): string | undefined {
  const home = process.platform === 'win32' ? env.USERPROFILE : env.HOME;
  // A relative HOME would be another folder in each current folder.
  return home !== undefined && isAbsolute(home) ? home : undefined;
}

function nearest(name: string, folder: string, draft: string | undefined): string[] {
  const file = join(folder, name);
  if (file === draft || existsSync(file)) return [file];
  const parent = dirname(folder);
  return parent === folder ? [] : nearest(name, parent, draft);
}

/**
 * The value of `backup_config`. rc accepts the prefix in any case, but `config` in lower case only: `BACKUP_CONFIG` belongs to
 * another program.
 */
function configVariable(env: NodeJS.ProcessEnv): string | undefined {
  const name = Object.keys(env).find(
    (key) => /^backup_$/i.test(key.slice(0, 7)) && key.slice(7) === 'config',
  );
  return name === undefined ? undefined : env[name];
}
