import { chownSync, fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync, utimesSync } from 'node:fs';
import { systemMessage } from '../core/errors.ts';
import { storedMode } from '../s3/stored-mode.ts';

/** What a file gets beside its content. */
export interface Attributes {
  readonly mode: number;
  /** Seconds since 1970; undefined leaves the moment of writing. */
  readonly mtime: string | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether a setuid or setgid bit was left out that would be set with `allowSetuid`. */
  readonly isSetuidWithheld: boolean;
}

export interface AttributeOptions {
  /** Whether root gives files their setuid, setgid and sticky bits back. Default false. */
  readonly allowSetuid?: boolean | undefined;
}

export interface DescribedObject {
  /** User metadata of the object. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When it was written, in milliseconds since 1970. */
  readonly lastModified: number | undefined;
}

const PERMISSIONS = 0o777;
const SETUID_OR_SETGID = 0o6000;
const MTIME = /^(-?)(\d{1,11})(?:\.(\d{1,9}))?$/;
const ID = /^\d{1,10}$/;
/** The highest number means "leave it as it is". */
const MAX_ID = 2 ** 32 - 2;

/**
 * Reads the metadata that this program and others write. The owner is given back by root only. Whoever may write to the bucket
 * chooses the metadata, so the bits that run a program with its owner's rights come back only together with the owner and only
 * if that is allowed. Without metadata a file gets the mode of any new file, and the time at which the object was written.
 */
export function attributesOf(
  { metadata, lastModified }: DescribedObject,
  { allowSetuid = false }: AttributeOptions = {},
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
  fchmodSync(fd, problem === undefined ? mode : mode & PERMISSIONS);
  if (mtime !== undefined) futimesSync(fd, mtime, mtime);
  return problem;
}

/**
 * The same for a symbolic link, which has no mode.
 *
 * @param link A descriptor of the link itself (O_PATH), which fchown and futimes refuse but /proc leads to; elsewhere its path.
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
