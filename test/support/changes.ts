import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './place.ts';

/** What somebody else does to a file while we work on it, and the ledger is told. */
export interface Change {
  readonly name: string;
  /** What it then ends as, where it is looked at once more. Default: deleted, with its new content in S3. */
  readonly onRetry?: string;
  readonly act: (place: Place, name: string) => void;
}

/** Overwrites bytes without making it another file. */
export function overwrite(path: string, content: string | Buffer): void {
  const fd = openSync(path, 'r+');
  const bytes = Buffer.from(content);
  writeSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
}

export const CHANGES: readonly Change[] = [
  {
    name: 'appended to',
    act: (place, name) => {
      appendFileSync(place.path(name), 'appended');
      place.note(name);
    },
  },
  {
    name: 'truncated',
    act: (place, name) => {
      truncateSync(place.path(name), 3);
      place.note(name);
    },
  },
  {
    name: 'emptied',
    act: (place, name) => {
      truncateSync(place.path(name), 0);
      place.note(name);
    },
  },
  {
    name: 'overwritten in place with as many bytes',
    act: (place, name) => {
      overwrite(place.path(name), 'XYZ');
      place.note(name);
    },
  },
  {
    name: 'given another content of the same size and its old mtime',
    act: (place, name) => {
      const { atime, mtime } = statSync(place.path(name));
      overwrite(place.path(name), 'XYZ');
      utimesSync(place.path(name), atime, mtime);
      place.note(name);
    },
  },
  {
    name: 'replaced by a rename',
    act: (place, name) => {
      const next = join(place.root, 'next');
      writeFileSync(next, 'the next content');
      renameSync(next, place.path(name));
      place.note(name);
    },
  },
  {
    name: 'replaced by a rename of a file of the same size and mtime',
    act: (place, name) => {
      const next = join(place.root, 'next');
      const bytes = readFileSync(place.path(name));
      bytes.fill('n', 0, 3);
      writeFileSync(next, bytes);
      const { atime, mtime } = statSync(place.path(name));
      utimesSync(next, atime, mtime);
      renameSync(next, place.path(name));
      place.note(name);
    },
  },
  {
    name: 'deleted and created anew',
    act: (place, name) => {
      rmSync(place.path(name));
      writeFileSync(place.path(name), 'created anew');
      place.note(name);
    },
  },
  {
    name: 'deleted by somebody else',
    onRetry: 'failed NOT_FOUND',
    act: (place, name) => {
      rmSync(place.path(name));
      place.forget(name);
    },
  },
  {
    name: 'moved out and replaced by a link to where it is now',
    onRetry: 'skipped SYMBOLIC_LINK',
    act: (place, name) => {
      const elsewhere = join(place.outside, 'elsewhere');
      renameSync(place.path(name), elsewhere);
      symlinkSync(elsewhere, place.path(name));
      place.forget(name);
      place.noteOutside();
    },
  },
  {
    name: 'in a folder that was swapped for a link to another, with the same names in it',
    onRetry: 'failed OUTSIDE_SOURCE',
    act: (place, name) => {
      const folder = dirname(place.path(name));
      const decoy = join(place.outside, 'decoy');
      mkdirSync(decoy);
      writeFileSync(join(decoy, name.slice(name.lastIndexOf('/') + 1)), readFileSync(place.path(name)));
      renameSync(folder, join(place.outside, 'moved-away'));
      symlinkSync(decoy, folder);
      place.forget(name);
      place.noteOutside();
    },
  },
];
