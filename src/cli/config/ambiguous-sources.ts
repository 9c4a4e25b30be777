import { lookAt } from '../../source/look.ts';
import { splitSource } from './parse/parse-source.ts';
import type { Layer } from './sources/layer.ts';
import { formatOrigin } from './sources/origin.ts';

/**
 * Sources that can be read in two ways, one line each: `year=2024` is a prefix and a folder, and there is a folder of that
 * very name.
 *
 * @param absolute makes a path absolute
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
      `${place}: ${text} is a folder here, and it is the prefix ${prefix} with the folder ${folder}; write ./${text} for the one, or ${prefix}=./${folder} for the other`,
    ];
  });
}
