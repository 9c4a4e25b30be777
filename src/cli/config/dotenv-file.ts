import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { systemCode } from '../../errors.ts';
import { ConfigError, failOn } from './config-error.ts';
import { environmentLayers } from './environment-layers.ts';
import type { LayeredFile } from './file-layers.ts';
import { notAConfigFile } from './regular-file.ts';
import { foundFileProblems } from './trust.ts';

const NAME = '.env';

/**
 * Reads `.env` in the current folder. Nobody named it, so it is trusted no more than a `.backuprc` found there; but a
 * `.env` without any of our variables belongs to another program and is left alone.
 *
 * @param cwd absolute path
 * @returns the file, or undefined where there is none of ours
 * @throws ConfigError if there is one that cannot be read, or that somebody else may have put there
 */
export function readDotenv(cwd: string): LayeredFile | undefined {
  const file = join(cwd, NAME);
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const { layers, problems } = environmentLayers(parse(text), 'dotenv');
  if (problems.length === 0 && layers.every((layer) => layer.size === 0)) return undefined;
  failOn(
    'CONFIG_UNTRUSTED',
    foundFileProblems({ file, name: NAME }, cwd, 'remove it, or use chown or chmod if you trust it'),
  );
  return { file, name: NAME, layers, problems };
}

function readIfThere(file: string): string | undefined {
  try {
    const stats = statSync(file);
    // Python's virtual environments are often folders of this name.
    if (stats.isDirectory()) return undefined;
    const trouble = notAConfigFile(stats);
    if (trouble !== undefined) throw unreadable(trouble);
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    throw error instanceof ConfigError
      ? error
      : unreadable(`cannot be read (${code}); allow it, or remove it`);
  }
}

function unreadable(what: string): ConfigError {
  return new ConfigError('CONFIG_UNREADABLE', [`${NAME}: ${what}`]);
}
