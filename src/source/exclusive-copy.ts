import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync as fsyncCallback,
  futimesSync,
  lstatSync,
  openSync,
  read as readCallback,
  type Stats,
  unlinkSync,
  write as writeCallback,
} from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../errors.ts';
import { type Identity, identityOf, sameState } from './identity.ts';
import { SourceError } from './source-error.ts';

const read = promisify(readCallback);
const write = promisify(writeCallback);
const fsync = promisify(fsyncCallback);
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

const CHUNK_BYTES = 1024 * 1024;

/**
 * Copies a regular file, with its owner, mode and times, to a name that is created for it. The copy is on the disk when this
 * resolves. One that fails is removed.
 *
 * @returns whether the name was free
 * @throws the system's error, or SourceError `FILE_CHANGED` where the file changed meanwhile
 */
export async function copyToFreeName(from: string, to: string): Promise<boolean> {
  const source = openSync(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const before = identityOf(fstatSync(source, { bigint: true }));
    const target = createNew(to);
    if (target === undefined) return false;
    let isComplete = false;
    try {
      await copyContent(source, target);
      requireUnchanged(source, before);
      isComplete = true;
    } finally {
      const made = fstatSync(target);
      closeSync(target);
      if (!isComplete) removeOwn(to, made);
    }
    return true;
  } finally {
    closeSync(source);
  }
}

function createNew(path: string): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

async function copyContent(source: number, target: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ; ) {
    const { bytesRead } = await read(source, chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    for (let done = 0; done < bytesRead; ) {
      done += (await write(target, chunk, done, bytesRead - done, position + done)).bytesWritten;
    }
    position += bytesRead;
  }
  copyAttributes(fstatSync(source), target);
  await fsync(target);
}

function requireUnchanged(source: number, before: Identity): void {
  if (sameState(identityOf(fstatSync(source, { bigint: true })), before)) return;
  throw new SourceError('FILE_CHANGED', 'it changed while it was copied back to its name');
}

/** The owner first: a change of owner takes setuid and setgid away. */
function copyAttributes({ uid, gid, mode, atimeMs, mtimeMs }: Stats, target: number): void {
  const made = fstatSync(target);
  if (made.uid !== uid || made.gid !== gid) fchownSync(target, uid, gid);
  if ((made.mode & 0o7777) !== (mode & 0o7777)) fchmodSync(target, mode & 0o7777);
  futimesSync(target, atimeMs / 1000, mtimeMs / 1000);
}

function removeOwn(path: string, made: Stats): void {
  const named = lstatSync(path, { throwIfNoEntry: false });
  if (named?.ino === made.ino && named.dev === made.dev) unlinkSync(path);
}
