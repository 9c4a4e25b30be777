import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { systemCode } from '../../errors.ts';
import { type FileContent, readRegularFile, requireFit, UnfitFile } from '../../files/regular-file.ts';
import { ConfigError, failOn } from './config-error.ts';
import { CONFIG_LIMIT } from './config-limit.ts';
import { environmentLayers, isOurVariable } from './environment-layers.ts';
import type { LayeredFile } from './file-layers.ts';
import { foundFileProblems } from './trust.ts';

const NAME = '.env';

/** A line that may set a variable. Takes linear time, and finds more rather than less than dotenv does. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*[=:]/gm;

/**
 * Reads `.env` in the current folder. Nobody named it, so it is trusted no more than a `.backuprc` found there; but a
 * `.env` without any of our variables belongs to another program and is left alone. One that is not trusted is not parsed.
 *
 * @param cwd absolute path
 * @returns the file, or undefined where there is none of ours
 * @throws ConfigError if there is one that cannot be read, or that somebody else may have put there
 */
export function readDotenv(cwd: string): LayeredFile | undefined {
  const file = join(cwd, NAME);
  const content = readIfThere(file);
  if (content === undefined) return undefined;
  const { stats } = content;
  const text = content.bytes.toString('utf8').replace(/^\uFEFF/, '');
  const distrust = foundFileProblems(
    { file, name: NAME, stats },
    cwd,
    'remove it, or use chown or chmod if you trust it',
  );
  if (distrust.length > 0 && !mayBeOurs(text)) return undefined;
  failOn('CONFIG_UNTRUSTED', distrust);
  // The other parser, of regular expressions, takes quadratic time for blank lines: 7 s for 64 KiB of them.
  const { layers, problems } = environmentLayers(parse(text, { fast: true }), 'dotenv');
  if (problems.length === 0 && layers.every((layer) => layer.size === 0)) return undefined;
  return { file, name: NAME, stats, layers, problems };
}

function mayBeOurs(text: string): boolean {
  for (const [, name = ''] of text.matchAll(ASSIGNMENT)) if (isOurVariable(name)) return true;
  return false;
}

function readIfThere(file: string): FileContent | undefined {
  try {
    const stats = statSync(file);
    // Python's virtual environments are often folders of this name.
    if (stats.isDirectory()) return undefined;
    requireFit(stats, CONFIG_LIMIT);
    return readRegularFile(file, CONFIG_LIMIT);
  } catch (error) {
    if (error instanceof UnfitFile) throw unreadable(error.message);
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    throw unreadable(`cannot be read (${code}); allow it, or remove it`);
  }
}

function unreadable(what: string): ConfigError {
  return new ConfigError('CONFIG_UNREADABLE', [`${NAME}: ${what}`]);
}
