import { lstatSync, mkdirSync, readlinkSync, type Stats } from 'node:fs';
import { isAbsolute, join, parse, sep } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { HeldFolder } from './held-folder.ts';

/** Most links on a path; Linux has the same limit. */
const MAX_LINKS = 40;
/** Folders whose entries stand for open descriptors of a process. */
const DESCRIPTORS = /^\/(dev|proc\/\d+(\/task\/\d+)?)\/fd$/;

/** One name on the way along a path. */
export interface Step {
  readonly folder: {
    readonly path: string;
    readonly stats: Stats;
    /** Same as `HeldFolder.isReadOnly`. Callable only during the call of `onStep`. */
    readonly isReadOnly: () => boolean;
  };
  /** Path of the entry: of a link itself, not of its target. */
  readonly path: string;
  /** Stats of the entry, for a link its own; undefined if there is none. */
  readonly stats: Stats | undefined;
  /** Whether the entry is a link that is followed. */
  readonly isFollowed: boolean;
}

export interface FollowPathOptions {
  /** Called before each step; an error that it throws is thrown on. */
  readonly onStep: (step: Step) => void;
  /** Whether missing folders are made, with mode 0700. Default false. */
  readonly makesFolders?: boolean | undefined;
  /** Whether a link under the last name is followed. Default true. */
  readonly followsLast?: boolean | undefined;
}

/** The end of a path: a folder, and a name in it. */
export interface Place {
  /** The folder that the path leads to, held open. The caller closes it. */
  readonly folder: HeldFolder;
  readonly name: string;
  /** Whether the entry stands for an open descriptor (`/dev/stdout`, `/dev/fd/63`). */
  readonly isDescriptor: boolean;
}

/**
 * Resolves a path name by name, as the system does, and holds the folder to which it leads. On Linux, no folder can be replaced
 * between the call of `onStep` and its use.
 *
 * @param path Absolute path.
 * @throws the system's error, and what `onStep` throws
 */
export function followPath(
  path: string,
  { onStep, makesFolders = false, followsLast = true }: FollowPathOptions,
): Place {
  const names = namesIn(path);
  let folder = HeldFolder.root(parse(path).root);
  const enter = (next: HeldFolder) => {
    folder.close();
    folder = next;
  };
  try {
    for (let links = 0; ; ) {
      const name = names.shift();
      if (name === undefined) throw systemError('EISDIR', 'it is a folder');
      const stats = lstatOf(folder, name);
      const isLast = names.length === 0;
      const isFollowed = (stats?.isSymbolicLink() ?? false) && (followsLast || !isLast);
      const held = folder;
      const of = { path: held.path, stats: held.stats, isReadOnly: () => held.isReadOnly };
      if (name !== '..') onStep({ folder: of, path: join(folder.path, name), stats, isFollowed });
      if (isFollowed) {
        // The link of a descriptor leads to something that has no path, or to a path that another file may have taken.
        if (isLast && DESCRIPTORS.test(folder.path)) return { folder, name, isDescriptor: true };
        const target = readlinkSync(folder.entry(name));
        links += 1;
        if (links > MAX_LINKS) throw systemError('ELOOP', 'too many symbolic links');
        if (isAbsolute(target)) enter(HeldFolder.root(parse(target).root));
        names.unshift(...namesIn(target));
        continue;
      }
      if (isLast) return { folder, name, isDescriptor: DESCRIPTORS.test(folder.path) };
      if (stats === undefined && makesFolders) makeFolder(folder, name);
      enter(folder.child(name));
    }
  } catch (error) {
    folder.close();
    throw error;
  }
}

function namesIn(path: string): string[] {
  const below = path.slice(parse(path).root.length);
  return below.split(sep).filter((name) => name !== '' && name !== '.');
}

function lstatOf(folder: HeldFolder, name: string): Stats | undefined {
  return lstatSync(folder.entry(name), { throwIfNoEntry: false });
}

function makeFolder(folder: HeldFolder, name: string): void {
  try {
    mkdirSync(folder.entry(name), { mode: 0o700 });
  } catch (error) {
    // Another process has created it.
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
