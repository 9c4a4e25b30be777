import { statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../../core/errors.ts';
import { type FileContent, readRegularFile, requireFit, UnfitFile } from '../../../files/regular-file.ts';
import { ConfigError, failOn } from '../config-error.ts';
import { CONFIG_LIMIT } from '../config-limit.ts';
import { mayAssign, parseDotenv } from '../parse/parse-dotenv.ts';
import { NOT_UTF8, positionAt } from '../parse/syntax-error.ts';
import { foundFileProblems } from '../trust.ts';
import { environmentLayers, isOurVariable } from './environment-layers.ts';
import type { LayeredFile } from './file-layers.ts';

const NAME = '.env';

/**
 * Reads `.env` in the current folder. No option names this file, so it is trusted no more than a `.backuprc` that was found
 * there. A `.env` without a variable of this program belongs to another program and is ignored. An untrusted one is not parsed.
 *
 * @param cwd Absolute path.
 * @param env The real environment, which takes precedence.
 * @returns the file; undefined if there is none of this program
 * @throws ConfigError if it cannot be read, if another user may have put it there, or if a line could be read in two ways
 */
export function readDotenv(cwd: string, env: NodeJS.ProcessEnv): LayeredFile | undefined {
  const file = join(cwd, NAME);
  const content = readIfThere(file);
  if (content === undefined) return undefined;
  const { stats } = content;
  const text = content.bytes.toString('utf8').replace(/^\uFEFF/, '');
  // UTF-16 has a NUL beside each letter, and a mark at its beginning that decodes to U+FFFD.
  const isOurs = mayAssign(text.replace(/[\0\uFFFD]/g, ''), isOurVariable);
  if (!isOurs) return undefined;
  failOn(
    'CONFIG_UNTRUSTED',
    foundFileProblems({ file, name: NAME, stats }, cwd, 'remove it, or use chown or chmod if you trust it'),
  );
  requireUtf8(text);
  const { variables, problems: broken } = parseDotenv(text, isOurVariable, NAME);
  failOn('CONFIG_SYNTAX', broken);
  const { layers, problems } = environmentLayers(variables, 'dotenv', env);
  if (problems.length === 0 && layers.every((layer) => layer.size === 0)) return undefined;
  return { file, name: NAME, stats, layers, problems };
}

function requireUtf8(text: string): void {
  const broken = text.search(/[\0\uFFFD]/);
  if (broken < 0) return;
  throw new ConfigError('CONFIG_SYNTAX', [`${NAME}:${positionAt(text, broken).line}: ${NOT_UTF8}`]);
}

function readIfThere(file: string): FileContent | undefined {
  try {
    const stats = statSync(file);
    // Virtual environments of Python are often folders of this name.
    if (stats.isDirectory()) return undefined;
    requireFit(stats, CONFIG_LIMIT);
    return readRegularFile(file, CONFIG_LIMIT);
  } catch (error) {
    if (error instanceof UnfitFile) throw unreadable(error.message);
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    throw unreadable(`cannot be read (${code}); change its permissions, or remove it`);
  }
}

function unreadable(what: string): ConfigError {
  return new ConfigError('CONFIG_UNREADABLE', [`${NAME}: ${what}`]);
}
