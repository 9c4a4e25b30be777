import { fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from 'node:fs';
import { systemMessage } from '../source/source-error.ts';

/** What a file gets beside its content. */
export interface Attributes {
  readonly mode: number;
  /** Seconds since 1970; undefined leaves the moment of writing. */
  readonly mtime: string | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

export interface DescribedObject {
  /** User metadata of the object. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When it was written, in milliseconds since 1970. */
  readonly lastModified: number | undefined;
}

const MODE = /^[0-7]{1,7}$/;
const MTIME = /^(-?)(\d{1,11})(?:\.(\d{1,9}))?$/;
const ID = /^\d{1,10}$/;
/** The highest number means "leave it as it is". */
const MOST_ID = 2 ** 32 - 2;

/**
 * Reads the metadata that this program and rclone write. The owner is given back by root only, and only then the bits that
 * run a program with its owner's rights (04000, 02000). Without metadata a file gets the mode of any new file, and the time
 * at which the object was written.
 */
export function attributesOf({ metadata, lastModified }: DescribedObject): Attributes {
  const owner = process.geteuid?.() === 0 ? ownerIn(metadata) : undefined;
  const { mode = '', mtime = '' } = metadata;
  const allowed = owner === undefined ? 0o777 : 0o7777;
  return {
    owner,
    mode: MODE.test(mode) ? Number.parseInt(mode, 8) & allowed : 0o666 & ~process.umask(),
    mtime: secondsOf(mtime) ?? (lastModified === undefined ? undefined : String(lastModified / 1000)),
  };
}

function ownerIn({ uid = '', gid = '' }: Readonly<Record<string, string>>): Attributes['owner'] {
  const owner = { uid: Number(uid), gid: Number(gid) };
  return ID.test(uid) && ID.test(gid) && owner.uid <= MOST_ID && owner.gid <= MOST_ID ? owner : undefined;
}

/**
 * Seconds as Node.js takes them for the microsecond in which the time lies. It sets whole microseconds, cut off towards
 * zero, from a double, which near the present is off by up to 0.12 µs: aimed at the middle of one, each is hit.
 *
 * @returns text, since Node.js takes a number before 1970 for the present
 */
function secondsOf(mtime: string): string | undefined {
  const [, sign, seconds, fraction = ''] = MTIME.exec(mtime) ?? [];
  if (seconds === undefined) return undefined;
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return sign + String((Number(nanoseconds / 1000n) + 0.5) / 1_000_000);
}

/**
 * Sets them on an open file; the owner first, since that takes bits from the mode.
 *
 * @returns why the owner could not be set, or undefined
 * @throws the system's error
 */
export function setAttributes(fd: number, { mode, mtime, owner }: Attributes): string | undefined {
  const problem = owner && tryTo(() => fchownSync(fd, owner.uid, owner.gid));
  fchmodSync(fd, problem === undefined ? mode : mode & 0o777);
  if (mtime !== undefined) futimesSync(fd, mtime, mtime);
  return problem;
}

/** The same for a symbolic link, which has no mode. */
export function setLinkAttributes(path: string, { mtime, owner }: Attributes): string | undefined {
  const problem = owner && tryTo(() => lchownSync(path, owner.uid, owner.gid));
  if (mtime !== undefined) lutimesSync(path, mtime, mtime);
  return problem;
}

function tryTo(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return systemMessage(error);
  }
}
