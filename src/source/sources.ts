import { basename, resolve } from 'node:path';
import { BackupError } from '../core/errors.ts';
import { normalPrefix } from '../core/key.ts';
import { isOwnPath, isReservedPath } from '../core/reserved-names.ts';
import { pathTrouble } from '../core/safe-path.ts';
import { holdsFolder, type SourceRoot, sourceRoot } from './root.ts';

/** One of several folders that a run backs up. */
export interface Source {
  /** Path of the folder. */
  readonly folder: string;
  /** Prefix in keys, between the prefix of the run and the path; a `/` is added at its end. Default: the name of the folder. */
  readonly prefix?: string | undefined;
}

/**
 * Resolves the source folders of a run. A single folder that is given as a string adds no prefix of its own to the keys.
 *
 * @throws BackupError `BAD_OPTION` if one prefix begins with another, or if one folder is or contains another; and what
 * `sourceRoot` throws
 */
export function sourceRoots(source: string | readonly Source[]): readonly [SourceRoot, ...SourceRoot[]] {
  if (typeof source === 'string') return [sourceRoot(source)];
  const [first, ...others] = source.map(({ folder, prefix }) => {
    const root = sourceRoot(folder);
    return { ...root, label: labelOf({ folder, prefix }) };
  });
  if (first === undefined) throw refused('source is an empty list');
  const roots: readonly [SourceRoot, ...SourceRoot[]] = [first, ...others];
  for (const [index, root] of roots.entries())
    for (const other of roots.slice(index + 1)) requireDistinct(root, other);
  return roots;
}

/** Formats the folders of a run for messages: `/srv/photos`, or `photos/ = /srv/photos, docs/ = /srv/docs`. */
export function namesOf(roots: readonly SourceRoot[]): string {
  return roots.map(({ path, label }) => (label === undefined ? path : `${label} = ${path}`)).join(', ');
}

/**
 * The label of one of several sources: its prefix, ending in `/`.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function labelOf({ folder, prefix = basename(resolve(folder)) }: Source): string {
  const label = normalPrefix(prefix);
  const hint = 'Add a prefix: photos=/srv/photos.';
  if (label === '') throw refused(`the source ${folder} has no name of its own`, hint);
  if (pathTrouble(label.slice(0, -1)) !== undefined)
    throw refused(`the prefix ${JSON.stringify(prefix)} of the source ${folder} is not a valid path`, hint);
  if (isOwnPath(label) || isReservedPath(label.slice(0, -1)))
    throw refused(`the prefix ${JSON.stringify(prefix)} of the source ${folder} is reserved`, hint);
  return label;
}

function requireDistinct(one: SourceRoot, other: SourceRoot): void {
  // Prefixes are compared as some stores, and some disks that a backup is restored to, compare names: without regard to case
  // and Unicode form.
  const [a, b] = [one, other].map(({ label = '' }) => label.normalize('NFC').toLowerCase()) as [
    string,
    string,
  ];
  if (a.startsWith(b) || b.startsWith(a))
    throw refused(
      `the sources ${one.given} and ${other.given} have the prefixes ${one.label} and ${other.label}, and one begins with the other`,
      'Give one of them another prefix: photos=/srv/photos.',
    );
  if (holdsFolder(one.path, other.path) || holdsFolder(other.path, one.path))
    throw refused(
      `the sources ${one.given} and ${other.given} overlap: they are the same folder, or one contains the other`,
      'Use only the outer one; include patterns select files in it.',
    );
}

function refused(what: string, hint?: string): BackupError {
  return new BackupError('BAD_OPTION', `source: ${what}.`, hint === undefined ? {} : { hint });
}
