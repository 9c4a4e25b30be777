import { lstatSync, statfsSync } from 'node:fs';

/** Values of `f_type` in statfs(2), from the kernel's magic.h. */
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
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3 and ext4
  0x58465342, // XFS
  0x9123683e, // btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
]);
const NO_HARD_LINKS: ReadonlySet<number> = new Set([
  0x4d44, // FAT
  0x2011bab0, // exFAT
]);
const NTFS: ReadonlySet<number> = new Set([
  0x5346544e, // the kernel's first driver
  0x7366746e, // ntfs3
]);

/** Facts about the file system that has a folder. All are false if the system reports nothing. */
export interface FileSystem {
  /** Whether it may be on a network, so that every call can take long. */
  readonly isRemote: boolean;
  /**
   * Whether it is known to be on this machine only: an open file keeps its inode number to itself, and its name and its
   * descriptor show the same state at any moment.
   */
  readonly isLocal: boolean;
  /** Whether it may not support hard links. */
  readonly mayLackHardLinks: boolean;
  /** Whether it may count the short name that Windows gives a file as a second link, as NTFS does until the file is renamed. */
  readonly mayCountShortNames: boolean;
}

/** Finds out the facts about a file system. @param folder Path of a folder on it. */
export function fileSystemOf(folder: string): FileSystem {
  const type = typeOf(folder);
  const isRemote = REMOTE.has(type);
  return {
    isRemote,
    isLocal: LOCAL.has(type),
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
