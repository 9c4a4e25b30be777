import { createHash } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  renameSync,
  write as writeCallback,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { nameOf, parentOf } from '../core/paths.ts';
import { TEMPORARY_DIGITS, TEMPORARY_PREFIX } from '../core/reserved-names.ts';
import { moveToFreeName } from '../source/free-name.ts';
import { type Identity, sameFile } from '../source/identity.ts';
import { outside, type SourceFolder } from '../source/source-folder.ts';
import type { Listed } from './item.ts';
import { create, IN_WORK, openOwn, unlinkIfThere, WITHOUT_GAPS } from './open-temporary.ts';
import { replacedError } from './restore-error.ts';
import { openTargetFolder, type TargetRoot } from './target.ts';

const write = promisify(writeCallback);

/** Up to this size, in bytes, a blocking write is used. It costs less than the round trip to the thread pool. */
const SYNC_WRITE_BYTES = 128 * 1024;

/**
 * Name of an object's temporary file. It depends on key, ETag, size and version only, so that a later run can resume the
 * file.
 */
export function temporaryName({ key, etag, size, versionId }: Listed): string {
  const what = JSON.stringify([key, etag, size, versionId]);
  return TEMPORARY_PREFIX + createHash('sha256').update(what).digest('hex').slice(0, TEMPORARY_DIGITS);
}

/** Removes the temporary file of an object that an earlier run may have left. @throws the system's error */
export function removeLeftFile(folder: SourceFolder, object: Listed): void {
  unlinkIfThere(folder.entry(temporaryName(object)));
}

/**
 * A file that gets its final name when it is complete. Until then it lies in its final folder under a temporary name, readable
 * for this user only (mode 0600). Must be closed once, by `moveTo`, `keep` or `discard`.
 */
export class TemporaryFile {
  readonly folder: SourceFolder;
  /** Path under the temporary name, relative to the target folder, `/`-separated. */
  readonly path: string;
  readonly fd: number;
  readonly #final: string;
  readonly #identity: Pick<Identity, 'dev' | 'ino'>;
  readonly #hadNoGaps: boolean;

  /**
   * Opens or creates the temporary file of an object.
   *
   * @param resumes Whether the file of an earlier run is continued. If false, or if there is none, the file is empty.
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
      const stats = fstatSync(this.fd, { bigint: true });
      this.#identity = stats;
      this.#hadNoGaps = (Number(stats.mode) & 0o777) === WITHOUT_GAPS;
      if (this.#hadNoGaps) fchmodSync(this.fd, IN_WORK);
    } catch (error) {
      this.folder.close();
      throw error;
    }
  }

  /**
   * Length of the beginning that is complete, in bytes. A crash can leave gaps in what follows it.
   *
   * @param windowBytes Largest distance of a gap from the end of the file.
   */
  completeLength(windowBytes: number): number {
    const { size } = fstatSync(this.fd);
    return this.#hadNoGaps ? size : Math.max(0, size - windowBytes);
  }

  /** Writes all bytes. @param position Offset in the file. @throws the system's error */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const rest = bytes.length - done;
      done +=
        rest <= SYNC_WRITE_BYTES
          ? writeSync(this.fd, bytes, done, rest, position + done)
          : (await write(this.fd, bytes, done, rest, position + done)).bytesWritten;
    }
  }

  /** Writes all bytes, and blocks meanwhile. @param position Offset in the file. @throws the system's error */
  writeNow(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.fd, bytes, done, bytes.length - done, position + done);
  }

  /** Cuts the file to `length` bytes. */
  truncate(length: number): void {
    ftruncateSync(this.fd, length);
  }

  /**
   * Makes sure that the file still has its temporary name in its folder.
   *
   * @throws SourceError `OUTSIDE_SOURCE` if its folder was moved, RestoreError if another file has the temporary name
   */
  requireInPlace(): void {
    if (!this.folder.inPlace()) throw outside();
    if (!this.#hasName()) throw replacedError();
  }

  /** Whether an opened file is this one. */
  is(identity: Pick<Identity, 'dev' | 'ino'>): boolean {
    return sameFile(identity, this.#identity);
  }

  /**
   * Gives the file its final name and closes it. If that fails, the file is removed.
   *
   * @param replaces Whether an existing file of that name is replaced.
   * @returns whether the file has its final name; false if another file has it and may not be replaced
   * @throws the errors of `requireInPlace`, or the system's error
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
      if (isThere) this.#close();
      else this.discard();
    }
  }

  /** Whether the temporary name still leads to this file. Another user who may write to the folder can replace it. */
  #hasName(): boolean {
    const stats = lstatSync(this.#entry, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && this.is(stats);
  }

  get #entry(): string {
    return this.folder.entry(nameOf(this.path));
  }

  /** Closes the file, which must have no gaps, and leaves it for the next run to resume. */
  leave(): void {
    try {
      fchmodSync(this.fd, WITHOUT_GAPS);
    } finally {
      this.#close();
    }
  }

  #close(): void {
    closeSync(this.fd);
    this.folder.close();
  }

  /**
   * Closes and removes the file. It is closed first: on file systems that write a file when it is closed (rclone mount) it would
   * appear again, and on NFS it would remain under a hidden name.
   */
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
