import { lookAt } from '../../source/look.ts';
import { splitSource } from './parse/parse-source.ts';
import type { Layer } from './sources/layer.ts';
import { formatOrigin } from './sources/origin.ts';

/**
 * Finds sources that can be read in two ways, for example `year=2024` as a prefix and a folder, if a folder has that very name.
 *
 * @param absolute Makes a path absolute.
 * @returns one line for each
 */
export function ambiguousSources(merged: Layer, absolute: (path: string) => string): string[] {
  const given = merged.get('backup.source_directory');
  if (given === undefined) return [];
  return [given.value].flat().flatMap((value) => {
    const text = String(value);
    const { prefix, folder } = splitSource(text);
    if (prefix === undefined || !lookAt(absolute(text))) return [];
    const place = `${formatOrigin(given.origin)}: backup.source_directory`;
    return [
      `${place}: ${text} is a folder here, and it is the prefix ${prefix} with the folder ${folder}; write ./${text} for the folder, or ${prefix}=./${folder} for the prefix and the folder`,
    ];
  });
}
