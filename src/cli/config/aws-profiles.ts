import { statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../core/errors.ts';
import { type FileLimit, readRegularFile, requireFit } from '../../files/regular-file.ts';
import { homeFolder } from './sources/places.ts';

const LIMIT: FileLimit = { mebibytes: 1, kind: 'AWS configuration' };

/** `[name]`, `[profile name]`, `[profile "name"]`, with or without a comment. */
const HEADER = /^[ \t]*\[[ \t]*(?:profile[ \t]+)?(["']?)([^\]"'\r\n]+?)\1[ \t]*\]/gm;
/** Sections of ~/.aws/config that are no profiles. */
const OTHER_SECTION = /^(?:sso-session|services|plugins)\b/;

/**
 * Checks that the files of the AWS tools have a profile. Without this check the SDK would take the credentials of a role, or
 * report another cause.
 *
 * @param env Environment with AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE and HOME.
 * @returns a sentence for the user; undefined if the profile exists, or if a file cannot be read, so that it may exist
 */
export function missingProfile(profile: string, env: NodeJS.ProcessEnv): string | undefined {
  const files = filesOf(env);
  if (profile === 'default' || files.some((file) => mayHold(file, profile))) return undefined;
  return `There is no profile ${JSON.stringify(profile)} in ${files.join(' and ') || '~/.aws, as there is no home folder'}.`;
}

/** The names of the profiles in the files of the AWS tools. A file that cannot be read has none. */
export function profileNames(env: NodeJS.ProcessEnv): string[] {
  const names = filesOf(env).flatMap((file) => {
    try {
      return sectionsOf(file);
    } catch {
      return [];
    }
  });
  return [...new Set(names)].filter((name) => !OTHER_SECTION.test(name));
}

function filesOf(env: NodeJS.ProcessEnv): string[] {
  const files = [
    env.AWS_CONFIG_FILE || inHome(env, 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE || inHome(env, 'credentials'),
  ];
  return files.filter((file) => file !== undefined);
}

function mayHold(file: string, profile: string): boolean {
  try {
    return sectionsOf(file).includes(profile);
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
  }
}

function sectionsOf(file: string): string[] {
  requireFit(statSync(file), LIMIT);
  const text = readRegularFile(file, LIMIT).bytes.toString('utf8');
  return [...text.matchAll(HEADER)].map(([, , name = '']) => name);
}

function inHome(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const home = homeFolder(env);
  return home === undefined ? undefined : join(home, '.aws', name);
}
