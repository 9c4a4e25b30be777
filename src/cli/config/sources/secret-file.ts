import { statSync } from 'node:fs';
import { systemCode } from '../../../core/errors.ts';
import { type FileContent, readRegularFile, requireFit, UnfitFile } from '../../../files/regular-file.ts';
import { ConfigError, failOn } from '../config-error.ts';
import { CONFIG_LIMIT } from '../config-limit.ts';
import type { SettingKey } from '../schema/schema.ts';
import { fileProblems } from '../trust.ts';

/**
 * Reads a file that holds a secret. As for a configuration file, no other user may be able to write to it or replace it.
 *
 * @param file Absolute path.
 * @param setting Name of the setting that names it, for messages.
 * @throws ConfigError `CONFIG_NOT_FOUND`, `CONFIG_UNREADABLE`, `CONFIG_UNTRUSTED`
 */
export function readSecretFile(file: string, setting: SettingKey): FileContent {
  try {
    requireFit(statSync(file), CONFIG_LIMIT);
    const content = readRegularFile(file, CONFIG_LIMIT);
    // A user who may write to it could choose the secret, and take it away later.
    failOn('CONFIG_UNTRUSTED', fileProblems({ file, name: file, stats: content.stats }));
    return content;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof UnfitFile) throw new ConfigError('CONFIG_UNREADABLE', [`${file}: ${error.message}`]);
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ConfigError('CONFIG_NOT_FOUND', [`${file}: no such file; check ${setting}`]);
    throw new ConfigError('CONFIG_UNREADABLE', [
      `${file}: cannot be read (${code}); change its permissions, or run as its owner`,
    ]);
  }
}
