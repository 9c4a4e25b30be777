import { closeSync, fsyncSync } from 'node:fs';
import { systemCode, systemMessage } from '../../core/errors.ts';
import type { Output } from '../../files/output.ts';
import { ReplacedOutput } from '../../files/replaced-output.ts';
import { writeText } from '../../files/write-all.ts';
import { ConfigError } from './config-error.ts';
import { sampleConfig } from './sample-config.ts';

/**
 * Writes the sample configuration with mode 0600.
 *
 * @param options.force Whether an existing file is replaced, at once and as a whole. A symbolic link is replaced itself, and
 * its target stays as it is.
 * @throws ConfigError `CONFIG_EXISTS` without `force`, `CONFIG_UNWRITABLE` if the file cannot be written
 */
export function writeSampleConfig(file: string, options: { readonly force: boolean }): void {
  let output: ReplacedOutput | undefined;
  try {
    output = new ReplacedOutput(file, { followsLast: false });
    if (options.force) {
      output.prepare();
      output.replace([sampleConfig()]);
    } else writeNew(output);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && !options.force) {
      throw new ConfigError('CONFIG_EXISTS', [`${file}: already exists; use --force to replace it`]);
    }
    throw new ConfigError('CONFIG_UNWRITABLE', [`${file}: cannot be written: ${systemMessage(error)}`]);
  } finally {
    output?.close();
  }
}

/** Creates the file. Opens neither an existing file nor the target of a link. */
function writeNew(output: Output): void {
  const descriptor = output.create();
  try {
    writeText(descriptor, [sampleConfig()]);
    fsyncSync(descriptor);
  } catch (error) {
    output.remove();
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
