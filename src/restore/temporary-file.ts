import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  write as writeCallback,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../core/errors.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import { TEMPORARY_DIGITS, TEMPORARY_PREFIX } from '../core/reserved-names.ts';
import { mayBeWrittenByOthers } from '../files/others.ts';
import { moveToFreeName } from '../source/free-name.ts';
import { type Identity, sameFile } from '../source/identity.ts';
import { outside, type SourceFolder } from '../source/source-file.ts';
import type { Listed } from './item.ts';
import { replacedError } from './restore-error.ts';
import { openTargetFolder, type TargetRoot } from './target.ts';

const write = promisify(writeCallback);
const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Up to this size a blocking write is cheaper than the thread pool's round trip. */
const SYNC_WRITE_BYTES = 128 * 1024;

/** The same for the same content of the same object, so that another run can resume what one has left. */
export function temporaryName({ key, etag, size, versionId }: Listed): string {
  const what = JSON.stringify([key, etag, size, versionId]);
  return TEMPORARY_PREFIX + createHash('sha256').update(what).digest('hex').slice(0, TEMPORARY_DIGITS);
}

/** Removes what an earlier run may have left of an object, when it is needed no more. */
export function removeLeftFile(folder: SourceFolder, object: Listed): void {
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
  readonly #identity: Pick<Identity, 'dev' | 'ino'>;

  /**
   * @param resumes Whether it begins with what an earlier run has left; else it begins empty.
   * @throws SourceError or the system's error
   */
  constructor(root: TargetRoot, object: Listed, resumes: boolean) {
    const name = temporaryName(object);
    this.folder = openTargetFolder(root, parentOf(object.path));
    this.path = [parentOf(object.path), name].filter((part) => part !== '').join('/');
    this.#final = nameOf(object.path);
    const entry = this.folder.entry(name);
    try {
      this.fd = (resumes ? openOwn(this.folder, entry) : undefined) ?? create(entry);
      this.#identity = fstatSync(this.fd, { bigint: true });
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
   * Makes sure that it is where it was made.
   *
   * @throws SourceError `OUTSIDE_SOURCE` if its folder was moved, RestoreError if another file has the temporary name
   */
  requireInPlace(): void {
    if (!this.folder.inPlace()) throw outside();
    if (!this.#hasName()) throw replacedError();
  }

  /** Whether this is what was opened under the temporary name. */
  is(identity: Pick<Identity, 'dev' | 'ino'>): boolean {
    return sameFile(identity, this.#identity);
  }

  /**
   * Gives it its name.
   *
   * @param replaces Whether it may take the place of what has the name already.
   * @returns whether it has its name now; without, it is removed
   * @throws what `requireInPlace` throws, or the system's error; it is removed then, too
   */
  moveTo(replaces: boolean): boolean {
    const [from, to] = [this.#entry, this.folder.entry(this.#final)];
    let isThere = false;
    try {
      this.requireInPlace();
      if (replaces) renameSync(from, to);
      isThere = replaces || moveToFreeName(from, to);
      return isThere;
    } finally {
      if (isThere) this.keep();
      else this.discard();
    }
  }

  /** Whoever may write to the folder can put another file there. */
  #hasName(): boolean {
    const stats = lstatSync(this.#entry, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && this.is(stats);
  }

  get #entry(): string {
    return this.folder.entry(nameOf(this.path));
  }

  /** Leaves what there is of it to the next run. */
  keep(): void {
    closeSync(this.fd);
    this.folder.close();
  }

  /** Closed first: on file systems that write a file when it is closed (rclone mount) it would else come back, on NFS hidden. */
  discard(): void {
    const isOurs = this.#hasName();
    closeSync(this.fd);
    try {
      if (isOurs) unlinkIfThere(this.#entry);
    } finally {
      this.folder.close();
    }
  }
}

/**
 * What an earlier run has left: a regular file of ours, which nobody else can write to and which has no other name. What
 * somebody else has planted under the name is removed instead. In a folder that others may write to it may be another file
 * of ours, which they could remove but never write to: nothing is resumed there.
 */
function openOwn(folder: SourceFolder, entry: string): number | undefined {
  const user = process.geteuid?.();
  if (user !== undefined && mayBeWrittenByOthers(statSync(folder.entry('.')), user)) return undefined;
  let fd: number;
  try {
    fd = openSync(entry, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stats = fstatSync(fd);
  const isOwn = stats.uid === user && (stats.mode & 0o077) === 0;
  if (stats.isFile() && stats.nlink === 1 && (isOwn || process.platform === 'win32')) return fd;
  closeSync(fd);
  return undefined;
}

function create(entry: string): number {
  unlinkIfThere(entry);
  return openSync(entry, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
