import { chownSync, fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync, utimesSync } from 'node:fs';
import { RESTORE_DEFAULTS } from '../core/defaults.ts';
import { systemMessage } from '../core/errors.ts';
import { storedMode } from '../s3/stored-mode.ts';

/** Mode, time and owner of a restored file. */
export interface Attributes {
  /** Permission bits, and the setuid, setgid and sticky bits if they may be set. */
  readonly mode: number;
  /** Modification time in seconds since 1970, as decimal text; undefined keeps the time of writing. */
  readonly mtime: string | undefined;
  /** Undefined if the owner is unknown or this process is not root. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether a setuid or setgid bit is left out because `allowSetuid` is false. */
  readonly isSetuidWithheld: boolean;
}

/** How attributes are restored. */
export interface AttributeOptions {
  /** Whether root gives files their setuid, setgid and sticky bits back. Default false. */
  readonly allowSetuid?: boolean | undefined;
}

/** The facts about an object from which attributes are taken. */
export interface DescribedObject {
  /** User metadata by lower-case name, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When the object was written, in milliseconds since 1970. */
  readonly lastModified: number | undefined;
}

const PERMISSIONS = 0o777;
const SETUID_OR_SETGID = 0o6000;
const MTIME = /^(-?)(\d{1,11})(?:\.(\d{1,9}))?$/;
const ID = /^\d{1,10}$/;
/** Highest owner id: the number above it means "leave unchanged" in chown(2). */
const MAX_ID = 2 ** 32 - 2;

/**
 * Reads attributes from the metadata that this program, rclone and s3fs write. Only root restores owners. Anybody who may write
 * to the bucket chooses the metadata, so setuid, setgid and sticky bits are restored only together with the owner, and only if
 * `allowSetuid` is true. Without metadata a file gets the mode of any new file and the time at which the object was written.
 */
export function attributesOf(
  { metadata, lastModified }: DescribedObject,
  { allowSetuid = RESTORE_DEFAULTS.allowSetuid }: AttributeOptions = {},
): Attributes {
  const owner = process.geteuid?.() === 0 ? ownerIn(metadata) : undefined;
  const mode = storedMode(metadata.mode ?? '', 'file') ?? 0o666 & ~process.umask();
  const allSet = owner !== undefined && allowSetuid;
  return {
    owner,
    mode: allSet ? mode : mode & PERMISSIONS,
    mtime:
      secondsOf(metadata.mtime ?? '') ??
      (lastModified === undefined ? undefined : secondsOf((lastModified / 1000).toFixed(3))),
    isSetuidWithheld: owner !== undefined && !allSet && (mode & SETUID_OR_SETGID) !== 0,
  };
}

function ownerIn({ uid = '', gid = '' }: Readonly<Record<string, string>>): Attributes['owner'] {
  const owner = { uid: Number(uid), gid: Number(gid) };
  return ID.test(uid) && ID.test(gid) && owner.uid <= MAX_ID && owner.gid <= MAX_ID ? owner : undefined;
}

/**
 * Converts a time into the seconds with which `futimesSync` sets the right microsecond. Node.js converts a double into
 * nanoseconds, up to release 22 into whole microseconds, and rounds towards zero. A double is off by up to 0.24 µs until the year
 * 2106, so if the nearest one comes before the microsecond, the next one is used.
 *
 * @returns decimal text, since Node.js replaces a negative number by the current time; undefined if `mtime` is not a time
 */
function secondsOf(mtime: string): string | undefined {
  const [, sign, seconds, fraction = ''] = MTIME.exec(mtime) ?? [];
  if (seconds === undefined) return undefined;
  const nanoseconds = 1_000 * Number(fraction.padEnd(6, '0').slice(0, 6));
  const nearest = Number(seconds) + nanoseconds / 1e9;
  const isEarlier = (nearest % 1) * 1e9 < nanoseconds;
  return sign + String(isEarlier ? nearest + nearest * (Number.EPSILON / 2) : nearest);
}

/**
 * Sets the attributes of an open file. The owner comes first, since the system clears mode bits when the owner changes.
 *
 * @returns why the owner could not be set; undefined if it was, or if none is wanted
 * @throws the system's error if mode or time cannot be set
 */
export function setAttributes(fd: number, { mode, mtime, owner }: Attributes): string | undefined {
  const problem = owner && tryTo(() => fchownSync(fd, owner.uid, owner.gid));
  fchmodSync(fd, problem === undefined ? mode : mode & PERMISSIONS);
  if (mtime !== undefined) futimesSync(fd, mtime, mtime);
  return problem;
}

/**
 * Sets owner and time of a symbolic link, which has no mode.
 *
 * @param link On Linux a descriptor of the link itself (O_PATH), which is addressed through /proc since fchown and futimes refuse
 * it; elsewhere the link's path.
 * @returns why the owner could not be set; undefined if it was, or if none is wanted
 * @throws the system's error if the time cannot be set
 */
export function setLinkAttributes(link: number | string, { mtime, owner }: Attributes): string | undefined {
  const isOpen = typeof link === 'number';
  const path = isOpen ? `/proc/self/fd/${link}` : link;
  const [chown, utimes] = isOpen ? [chownSync, utimesSync] : [lchownSync, lutimesSync];
  const problem = owner && tryTo(() => chown(path, owner.uid, owner.gid));
  if (mtime !== undefined) utimes(path, mtime, mtime);
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
