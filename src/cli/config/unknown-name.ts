import { showName } from './show-value.ts';
import { suggestKey, suggestSection } from './suggest.ts';

/** Formats the problem of an unknown section: `typo: unknown section; did you mean aws?` */
export function unknownSection(section: string): string {
  const meant = suggestSection(section) ?? suggestKey('', section);
  return `${showName(section)}: unknown section${hint(meant)}`;
}

/** Formats the problem of an unknown key: `backup.concurency: unknown key; did you mean transfer.concurrency?` */
export function unknownKey(section: string, name: string): string {
  return `${showName(section)}.${showName(name)}: unknown key${hint(suggestKey(section, name))}`;
}

function hint(meant: string | undefined): string {
  return meant === undefined
    ? '; s3-backup init writes a sample with all of them'
    : `; did you mean ${meant}?`;
}
