import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  write as writeCallback,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../errors.ts';
import { moveToFreeName } from '../source/free-name.ts';
import type { SourceFolder } from '../source/source-file.ts';
import type { Listed } from './item.ts';
import { RestoreError } from './restore-error.ts';
import { nameOf, openTargetFolder, parentOf, type TargetRoot } from './target.ts';
import { temporaryName } from './temporary-name.ts';

const write = promisify(writeCallback);
const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Up to this size a blocking write is cheaper than the thread pool's round trip. */
const SYNC_WRITE_BYTES = 128 * 1024;

/** Removes what an earlier run may have left of an object, when it is needed no more. */
export function removeLeft(folder: SourceFolder, object: Listed): void {
  unlinkIfThere(folder.entry(temporaryName(object)));
}

/**
 * A file in the folder where it is to be, under another name and for nobody else to read (mode 0600) until it is complete.
 * Is closed once, by `moveTo`, `keep` or `discard`.
 */
export class TemporaryFile {
  readonly folder: SourceFolder;
  /** Of this file, relative to the target, `/`-separated. */
  readonly path: string;
  readonly fd: number;
  readonly #final: string;

  /**
   * @param goesOn Whether what an earlier run has left is taken over; else it begins empty.
   * @throws SourceError or the system's error
   */
  constructor(root: TargetRoot, object: Listed, goesOn: boolean) {
    const name = temporaryName(object);
    this.folder = openTargetFolder(root, parentOf(object.path));
    this.path = [parentOf(object.path), name].filter((part) => part !== '').join('/');
    this.#final = nameOf(object.path);
    const entry = this.folder.entry(name);
    try {
      this.fd = (goesOn ? openOwn(entry) : undefined) ?? create(entry);
    } catch (error) {
      this.folder.close();
      throw error;
    }
  }

  /** Bytes. */
  get length(): number {
    return fstatSync(this.fd).size;
  }

  /** @throws the system's error */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const rest = bytes.length - done;
      done +=
        rest <= SYNC_WRITE_BYTES
          ? writeSync(this.fd, bytes, done, rest, position + done)
          : (await write(this.fd, bytes, done, rest, position + done)).bytesWritten;
    }
  }

  truncate(length: number): void {
    ftruncateSync(this.fd, length);
  }

  /**
   * Gives it its name.
   *
   * @param replaces Whether it may take the place of what has the name already.
   * @returns whether it has its name now; without, it is removed
   * @throws the system's error; it is removed then, too
   */
  async moveTo(replaces: boolean): Promise<boolean> {
    const [from, to] = [this.#entry, this.folder.entry(this.#final)];
    let isThere = false;
    try {
      if (replaces) renameSync(from, to);
      isThere = replaces || (await moveToFreeName(from, to, { isOpenForWriting: () => false }));
      return isThere;
    } finally {
      if (isThere) this.keep();
      else this.discard();
    }
  }

  get #entry(): string {
    return this.folder.entry(nameOf(this.path));
  }

  /** Leaves what there is of it to the next run. */
  keep(): void {
    closeSync(this.fd);
    this.folder.close();
  }

  discard(): void {
    unlinkIfThere(this.#entry);
    this.keep();
  }
}

/**
 * What an earlier run has left: a regular file of ours, which nobody else can write to and which has no other name. What
 * somebody else has planted under the name is removed instead.
 */
function openOwn(entry: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(entry, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stats = fstatSync(fd);
  const isOwn = stats.uid === (process.geteuid?.() ?? stats.uid) && (stats.mode & 0o077) === 0;
  if (stats.isFile() && stats.nlink === 1 && (isOwn || process.platform === 'win32')) return fd;
  closeSync(fd);
  return undefined;
}

function create(entry: string): number {
  unlinkIfThere(entry);
  return openSync(entry, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

/**
 * Makes a symbolic link under its name, or under a temporary one that then takes the place of what has the name.
 *
 * @returns whether it has its name now
 * @throws RestoreError or the system's error
 */
export function makeLink(folder: SourceFolder, object: Listed, target: Buffer, replaces: boolean): boolean {
  if (target.includes(0)) throw new RestoreError('WRITE_FAILED', 'its content is no target of a link');
  const entry = folder.entry(nameOf(object.path));
  try {
    if (!replaces) symlinkSync(target, entry);
    else {
      const temporary = folder.entry(temporaryName(object));
      unlinkIfThere(temporary);
      symlinkSync(target, temporary);
      renameSync(temporary, entry);
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
