import type { Stats } from 'node:fs';
import { failOn } from '../config-error.ts';
import { parseConfigText } from '../parse/parse-config-text.ts';
import { ConfigSyntaxError } from '../parse/syntax-error.ts';
import type { ConfigFile } from './config-files.ts';
import { fileLayer } from './file-layer.ts';
import type { Layer } from './layer.ts';

/** A file and the layers that were read from it. */
export interface LayeredFile {
  /** Absolute. */
  readonly file: string;
  /** Name of the file in messages. */
  readonly name: string;
  /** State of the descriptor that was read; undefined for a draft. */
  readonly stats: Stats | undefined;
  /** Layers in rising precedence. */
  readonly layers: readonly Layer[];
  /** One line for each unknown section or key, up to a limit. */
  readonly problems: readonly string[];
}

/**
 * Parses configuration files.
 *
 * @param files Files in rising precedence.
 * @throws ConfigError `CONFIG_SYNTAX` with one line for each file that does not parse
 */
export function fileLayers(files: readonly ConfigFile[]): LayeredFile[] {
  const broken: string[] = [];
  const read = files.flatMap(({ place: { file, name }, text, stats }): LayeredFile[] => {
    try {
      const { layer, problems } = fileLayer(parseConfigText(text), name);
      return [{ file, name, stats, layers: [layer], problems }];
    } catch (error) {
      if (!(error instanceof ConfigSyntaxError)) throw error;
      const position = error.line === undefined ? '' : `:${error.line}:${error.column}`;
      broken.push(`${name}${position}: ${error.message}`);
      return [];
    }
  });
  failOn('CONFIG_SYNTAX', broken);
  return read;
}
