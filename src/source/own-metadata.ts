import type { Identity } from './identity.ts';

/**
 * Metadata of an object that describes its file, with the names and forms that rclone reads
 * (https://rclone.org/local/#metadata).
 */
export function ownMetadata(identity: Identity) {
  const { uid, gid } = identity;
  return { mtime: mtimeOf(identity), mode: modeOf(identity), uid: String(uid), gid: String(gid) };
}

/** The mode in octal, including the type of the file. */
function modeOf({ mode }: Identity): string {
  return mode.toString(8);
}

/** The mtime in seconds since 1970 with nine decimals: `1700000000.123456789`. */
function mtimeOf({ mtimeNs: ns }: Identity): string {
  const sign = ns < 0n ? '-' : '';
  const digits = (ns < 0n ? -ns : ns).toString().padStart(10, '0');
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
