import { lstatSync, statfsSync } from 'node:fs';

/** `f_type` by statfs(2) and the kernel's magic.h. */
const FUSE = 0x65735546;
const REMOTE: ReadonlySet<number> = new Set([
  FUSE,
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x517b, // SMB
  0x01021997, // 9P
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x5346414f, // AFS
]);
const NO_HARD_LINKS: ReadonlySet<number> = new Set([
  0x4d44, // FAT
  0x2011bab0, // exFAT
]);
const NTFS: ReadonlySet<number> = new Set([
  0x5346544e, // the kernel's first driver
  0x7366746e, // ntfs3
]);

/** What kind of file system a folder is on. Where the system does not tell, none of these holds. */
export interface FileSystem {
  /** Whether it can be far away, so that every call may take as long as a network needs. */
  readonly isRemote: boolean;
  /** Whether it may know no hard links. */
  readonly mayLackHardLinks: boolean;
  /** Whether it may count the short name that Windows gives a file as a second link, as NTFS does: until a rename drops it. */
  readonly mayCountShortNames: boolean;
}

/** @param folder A path. */
export function fileSystemOf(folder: string): FileSystem {
  const type = typeOf(folder);
  const isRemote = REMOTE.has(type);
  return {
    isRemote,
    mayLackHardLinks: isRemote || NO_HARD_LINKS.has(type),
    // ntfs-3g is a FUSE file system.
    mayCountShortNames: type === FUSE || NTFS.has(type),
  };
}

function typeOf(folder: string): number {
  try {
    return statfsSync(folder).type;
  } catch {
    return 0;
  }
}

/** The device number of the file system that a folder is on; 0 if there is no folder. Follows no link. */
export function deviceOf(folder: string): bigint {
  return lstatSync(folder, { bigint: true, throwIfNoEntry: false })?.dev ?? 0n;
}
