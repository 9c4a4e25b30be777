import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { knownHome } from '../../../files/home-folder.ts';
import { currentUser } from '../../../files/others.ts';
import { ConfigError } from '../config-error.ts';

/** rc's name for us: `.backuprc`, `/etc/backuprc`, `backup_config`. */
export const RC_NAME = 'backup';

/** A configuration file that may be read. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  /** As people are told of it. */
  readonly name: string;
  /**
   * - `usual`: in /etc or the home folder
   * - `shared`: the same, under a name that other programs use as well: `~/.config/backup/config`
   * - `found`: `.backuprc` in the current folder or above it, so perhaps somebody else's
   * - `named`: by `--config` or `backup_config`; it has to exist
   */
  readonly kind: 'usual' | 'shared' | 'found' | 'named';
}

/** Where configuration files are looked for. */
export interface Surroundings {
  /** Absolute path of the current folder. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What `--config` said. */
  readonly configFile?: string | undefined;
  /** Whether a named file is read whoever may have written it. Default false. */
  readonly trustConfig?: boolean | undefined;
}

/**
 * Where rc looks, low to high, and as it spells the paths (rc 1.2.8, index.js). They are listed here too, because rc
 * skips without a word what it cannot read, and reads before anybody could ask whose file it is.
 */
export function configPlaces({ cwd, env, configFile }: Surroundings): Place[] {
  const usual = [...systemPlaces(), ...homePlaces(homeOf(env))].map(
    (file): Place => ({ file, name: file, kind: file.endsWith(`${RC_NAME}rc`) ? 'usual' : 'shared' }),
  );
  const found = nearest(`.${RC_NAME}rc`, cwd).map((file): Place => ({ file, name: file, kind: 'found' }));
  const named = [configVariable(env), configFile]
    .filter((name): name is string => name !== undefined && name !== '')
    .map((name): Place => ({ file: resolve(cwd, expandHome(name, env)), name, kind: 'named' }));
  return [...usual, ...found, ...named].filter(isHighest);
}

/**
 * `~` and `~/...` are the home folder; anything else is left as it is.
 *
 * @throws ConfigError `CONFIG_INVALID` if there is no home folder
 */
export function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  const home = homeFolder(env);
  if (home !== undefined) return join(home, path.slice(1));
  throw new ConfigError('CONFIG_INVALID', [
    `${path}: HOME is not set, and the system knows no home folder of user ${currentUser()}; set HOME, or name the whole path`,
  ]);
}

/** Where `~` leads; undefined if HOME is not set and the system does not know the user. */
export function homeFolder(env: NodeJS.ProcessEnv): string | undefined {
  return homeOf(env) ?? knownHome();
}

/** A file that is in two places counts in the higher one: `--config ~/.backuprc` wins over `./.backuprc`. */
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
  // A relative one would be another folder for each current folder.
  return home !== undefined && isAbsolute(home) ? home : undefined;
}

function nearest(name: string, folder: string): string[] {
  const file = join(folder, name);
  if (existsSync(file)) return [file];
  const parent = dirname(folder);
  return parent === folder ? [] : nearest(name, parent);
}

/** rc takes `backup_config` with a prefix in any case, but `config` as it stands; `BACKUP_CONFIG` is somebody else's. */
function configVariable(env: NodeJS.ProcessEnv): string | undefined {
  const name = Object.keys(env).find(
    (key) => /^backup_$/i.test(key.slice(0, 7)) && key.slice(7) === 'config',
  );
  return name === undefined ? undefined : env[name];
}
