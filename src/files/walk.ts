import { lstatSync, mkdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, parse, sep } from 'node:path';
import { systemCode } from '../errors.ts';
import { HeldFolder } from './held-folder.ts';

/** Linux follows no more. */
const MOST_LINKS = 40;
/** Holds the open descriptors of a process: what is there stands for something that is open already. */
const DESCRIPTORS = /^\/(dev|proc\/\d+(\/task\/\d+)?)\/fd$/;

/** One name that is looked up on the way along a path. */
export interface Step {
  readonly folder: { readonly path: string; readonly stats: Stats };
  /** Of what has the name in this folder: a link itself, not what it points to. */
  readonly path: string;
  /** Undefined where nothing has the name. */
  readonly stats: Stats | undefined;
  /** Whether it is a link that the path goes through. */
  readonly isFollowed: boolean;
}

export interface WalkOptions {
  /** Told of each step before it is taken. What it throws ends the walk. */
  readonly onStep: (step: Step) => void;
  /** Whether missing folders on the way are made, for their owner only. Default false. */
  readonly makesFolders?: boolean | undefined;
  /** Whether a link that the path itself names is followed. Default true. */
  readonly followsLast?: boolean | undefined;
}

/** Where a path leads. */
export interface Place {
  /** To be closed. */
  readonly folder: HeldFolder;
  readonly name: string;
  /** Whether what is there stands for an open descriptor (`/dev/stdout`, `/dev/fd/63`) and is no file of its own. */
  readonly isDescriptor: boolean;
}

/**
 * Goes along a path name by name, as the system does, through every link, and holds the folder that it leads to. No folder
 * on the way is swapped between the moment when `onStep` sees it and its use.
 *
 * @param path Absolute.
 * @throws the system's error, and what `onStep` throws
 */
export function walk(path: string, { onStep, makesFolders = false, followsLast = true }: WalkOptions): Place {
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
      const of = { path: folder.path, stats: folder.stats };
      if (name !== '..') onStep({ folder: of, path: join(folder.path, name), stats, isFollowed });
      if (isFollowed) {
        const target = readlinkSync(folder.entry(name));
        if (isLast && isDescriptor(folder, name, target)) return { folder, name, isDescriptor: true };
        links += 1;
        if (links > MOST_LINKS) throw systemError('ELOOP', 'too many symbolic links');
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
    // Made by another process meanwhile.
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

/** The text of such a link is a path only if what is open is a file that still has its name (`> file`). */
function isDescriptor(folder: HeldFolder, name: string, target: string): boolean {
  if (!DESCRIPTORS.test(folder.path)) return false;
  const open = statSync(folder.entry(name), { throwIfNoEntry: false });
  const named = isAbsolute(target) ? lstatSync(target, { throwIfNoEntry: false }) : undefined;
  return !open?.isFile() || named?.dev !== open.dev || named.ino !== open.ino;
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
