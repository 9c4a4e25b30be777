import { closeSync, fsyncSync } from 'node:fs';
import { systemCode, systemMessage } from '../../core/errors.ts';
import type { Output } from '../../files/output.ts';
import { ReplacedOutput } from '../../files/replaced-output.ts';
import { writeText } from '../../files/write-all.ts';
import { ConfigError } from './config-error.ts';
import { sampleConfig } from './sample-config.ts';

interface WriteOptions {
  readonly force: boolean;
  /** Default: the sample. */
  readonly text?: string | undefined;
}

/**
 * Writes the sample configuration, or another text, with mode 0600.
 *
 * @param options.force Whether an existing file is replaced, at once and as a whole. A symbolic link is replaced itself, and
 * its target stays as it is.
 * @throws ConfigError `CONFIG_EXISTS` without `force`, `CONFIG_UNWRITABLE` if the file cannot be written
 */
export function writeSampleConfig(file: string, { force, text = sampleConfig() }: WriteOptions): void {
  let output: ReplacedOutput | undefined;
  try {
    output = new ReplacedOutput(file, { followsLast: false });
    if (force) {
      output.prepare();
      output.replace([text]);
    } else writeNew(output, text);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && !force) {
      throw new ConfigError('CONFIG_EXISTS', [`${file}: already exists; use --force to replace it`]);
    }
    throw new ConfigError('CONFIG_UNWRITABLE', [`${file}: cannot be written: ${systemMessage(error)}`]);
  } finally {
    output?.close();
  }
}

/** Creates the file. Opens neither an existing file nor the target of a link. */
function writeNew(output: Output, text: string): void {
  const descriptor = output.create();
  try {
    writeText(descriptor, [text]);
    fsyncSync(descriptor);
  } catch (error) {
    output.remove();
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
