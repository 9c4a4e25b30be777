import { statSync } from 'node:fs';
import { basename, dirname, isAbsolute } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import { type LoadedConfig, settings } from '../config/index.ts';
import { CREDENTIAL_NAMES } from '../config/sources/credential-names.ts';
import { configPlaces } from '../config/sources/places.ts';
import { fileProblems } from '../config/trust.ts';
import type { CliContext } from '../context.ts';
import { backupOptions, sourcesOf } from '../session/options-from-settings.ts';
import { requireWritable } from './escape.ts';
import type { Every } from './every.ts';
import type { Job } from './job.ts';
import { withoutEnvironment } from './without-environment.ts';

interface Wanted {
  readonly every: Every;
  /** The path that `--config` named. */
  readonly configFile: string | undefined;
  /** Name that `--name` gave. Default: made of the configuration's. */
  readonly name: string | undefined;
  readonly forUser: boolean;
}

/**
 * Makes the job of a configuration.
 *
 * @throws BackupError `BAD_OPTION` if a run on a schedule would not do what a run from here does
 */
export function jobFrom(context: CliContext, given: LoadedConfig, wanted: Wanted): Job {
  const { cwd, program } = context;
  backupOptions(given);
  const config = configFileOf(context, given, wanted.configFile);
  const loaded = withoutEnvironment(context, given, wanted.configFile, config);
  const { backup, s3 } = loaded.settings;
  requireInstalled(program.entry);
  const command = [program.node, program.entry, 'run', '--config', config];
  const sources = [sourcesOf(backup.source_directory ?? '')]
    .flat()
    .map((source) => (typeof source === 'string' ? source : source.folder));
  const moves = backup.delete_after_upload;
  const job: Job = {
    ...wanted,
    name: nameFor(wanted.name, config),
    about: `${moves ? 'Move' : 'Copy'} ${sources.join(', ')} to s3://${s3.bucket_name}/${s3.prefix ?? ''}`,
    config,
    command,
    folder: cwd,
    moves,
    sources,
    writes: outputFolders(loaded),
    credentials: credentialsOf(loaded),
    startsPrograms: programsIn(loaded),
  };
  requireWritable([job.about, ...command, cwd, ...sources, ...job.writes]);
  return job;
}

/** The configuration file of highest precedence. */
function configFileOf({ cwd, env }: CliContext, { files }: LoadedConfig, configFile?: string): string {
  const places = configPlaces({ cwd, env, configFile }).filter(({ name }) => files.includes(name));
  const file = places.at(-1)?.file;
  if (file !== undefined) return file;
  throw new BackupError('BAD_OPTION', 'No configuration file was found, and a schedule needs one.', {
    hint: '`s3-backup init --wizard` asks for all that is needed, and writes one.',
  });
}

function requireInstalled(entry: string): void {
  if (!entry.includes('/_npx/')) return;
  throw new BackupError('BAD_OPTION', `${entry} is a copy that npx keeps for a while only.`, {
    hint: 'Install s3-backup first: npm install --global',
  });
}

const NAME = 's3-backup';

/**
 * The name of a schedule: that of the program, and behind it the one that was given, or that of the configuration file. A name
 * that begins with that of the program is a full one already.
 *
 * @throws BackupError `BAD_OPTION` for a name that units cannot have
 */
export function nameFor(given: string | undefined, config: string): string {
  if (given !== undefined && !/^[\w-]{1,64}$/.test(withoutProgram(given)))
    throw new BackupError('BAD_OPTION', `--name is ${JSON.stringify(given)}; use letters, digits, - and _.`);
  const own = basename(config).replace(/^\.|\.[^.]*$/g, '');
  const ofFile = own === 'backuprc' ? '' : own.replace(/[^\w-]+/g, '-').slice(0, 64);
  const part = withoutProgram(given ?? ofFile);
  return part === '' || part === NAME ? NAME : `${NAME}-${part}`;
}

/** `s3-backup-office` → `office` */
function withoutProgram(name: string): string {
  return name.startsWith(`${NAME}-`) ? name.slice(NAME.length + 1) : name;
}

/** The folders of the log and of the reports. */
function outputFolders({ settings: { logging, report } }: LoadedConfig): string[] {
  const values: Readonly<Record<string, unknown>> = { ...logging, ...report };
  const files = [...settings.values()]
    .filter(({ section, info }) => ['logging', 'report'].includes(section) && info.kind === 'path')
    .map(({ name }) => values[name])
    .filter((file): file is string => typeof file === 'string' && isAbsolute(file));
  return [...new Set(files.map((file) => dirname(file)))];
}

/** The files of credentials, which systemd can read for a run that may not. */
function credentialsOf({ settings: { aws } }: LoadedConfig): Job['credentials'] {
  const named: Readonly<Record<string, unknown>> = aws;
  return CREDENTIAL_NAMES.flatMap(({ file, credential }) => {
    const path = named[file.slice('aws.'.length)];
    return typeof path === 'string' ? [{ name: credential, file: path }] : [];
  });
}

/** Names of the settings that start programs: those of the user, and sendmail, which takes rights that a confined service lacks. */
function programsIn({ settings: { hooks, notify } }: LoadedConfig): string[] {
  const set = (['before', 'after', 'on_success', 'on_failure'] as const).filter((name) => hooks[name]);
  return [...set.map((name) => `hooks.${name}`), ...(notify.email.length > 0 ? ['notify.email'] : [])];
}

/**
 * Makes sure that no other user can change what root would start each night.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function requireOwnProgram({ command }: Job): void {
  const [reason] = command
    .slice(0, 2)
    .flatMap((file) => fileProblems({ file, name: file, stats: statSync(file) }, 'install it as root'));
  if (reason === undefined) return;
  throw new BackupError('BAD_OPTION', `Root would start what another user can change: ${reason}.`, {
    hint: 'Install Node.js and s3-backup for all users, or use --user.',
  });
}
