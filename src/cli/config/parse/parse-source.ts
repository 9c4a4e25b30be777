import { FormError } from './form-error.ts';

/**
 * Form of a source with a prefix: `photos=/srv/photos`. Without one it is a folder. A folder with `=` in its name is written
 * with a slash: `./a=b`.
 */
const WITH_PREFIX = /^([^=/\\]+)=(.+)$/s;

/**
 * Splits a source into its prefix and its folder.
 *
 * @returns both as they were written
 */
export function splitSource(text: string): { readonly prefix: string | undefined; readonly folder: string } {
  const [, prefix, folder = text] = WITH_PREFIX.exec(text) ?? [];
  return { prefix, folder };
}

/**
 * Reads one source as text, or a list of sources.
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
