import { lookAt } from '../../../source/look.ts';
import type { Layer } from '../sources/layer.ts';
import { formatOrigin } from '../sources/origin.ts';
import { FormError } from './form-error.ts';

/** A folder, or a prefix and a folder: `photos=/srv/photos`. A folder with `=` in its name is written with a slash: `./a=b`. */
const WITH_PREFIX = /^([^=/\\]+)=(.+)$/s;

/** @returns the parts as they were written */
export function splitSource(text: string): { readonly prefix: string | undefined; readonly folder: string } {
  const [, prefix, folder = text] = WITH_PREFIX.exec(text) ?? [];
  return { prefix, folder };
}

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

/**
 * One folder as text, or a list of folders.
 *
 * @throws FormError
 */
export function parseSources(value: unknown): string | string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.map((item) => {
    if (typeof item !== 'string' || item === '' || item.includes('\0'))
      throw new FormError('a path in quotes, or a list of paths');
    return item;
  });
  if (texts.length === 0) throw new FormError('at least one path');
  const [only, ...others] = texts as [string, ...string[]];
  return others.length === 0 ? only : texts;
}
