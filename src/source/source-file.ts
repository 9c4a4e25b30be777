import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
} from 'node:fs';
import { type Identity, identityOf } from './identity.ts';
import { processState } from './process-state.ts';
import type { SourceRoot } from './root.ts';
import { SourceError, sourceErrorFrom } from './source-error.ts';
import { openSourceFolder, type SourceFolder } from './source-folder.ts';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const { ownDescriptors } = processState;

/** Opens a symbolic link itself: O_PATH, for which Node.js has no name, and O_NOFOLLOW; macOS has O_SYMLINK. */
export const O_LINK: number | undefined =
  process.platform === 'linux' ? 0o10000000 | O_NOFOLLOW : constants.O_SYMLINK;

/** Which file is meant. */
export interface SourcePath {
  readonly root: SourceRoot;
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  /** For a symbolic link: whether its file is meant, or the link itself. */
  readonly link?: 'follow' | 'store' | undefined;
}

function flagsFor(link: SourcePath['link']): number {
  if (link !== 'store') return O_RDONLY | (link === 'follow' ? 0 : O_NOFOLLOW) | O_NONBLOCK;
  if (O_LINK !== undefined) return O_LINK;
  throw new SourceError('SYMBOLIC_LINK', 'a symbolic link, which cannot be opened itself on this system');
}

/** What the link holds that is open with these stats. Node.js reads links by their names only. */
function targetOf(path: string, opened: BigIntStats): Buffer {
  if (opened.isSymbolicLink()) {
    const target = readlinkSync(path, { encoding: 'buffer' });
    const { dev, ino } = lstatSync(path, { bigint: true });
    if (dev === opened.dev && ino === opened.ino) return target;
  }
  throw new SourceError('FILE_CHANGED', 'the link was replaced while it was read');
}

/** One regular file, held open (which pins its inode number) until its item is settled. */
export class SourceFile {
  /** Of the source, as a path. */
  readonly root: string;
  readonly folder: SourceFolder;
  /** In its folder. */
  readonly name: string;
  readonly fd: number;
  /** As it was when it was opened. */
  readonly identity: Identity;
  /** What a symbolic link that is stored as itself points to. */
  readonly target: Buffer | undefined;
  #isClosed = false;
  #hasFolder = true;

  private constructor(
    root: string,
    folder: SourceFolder,
    name: string,
    fd: number,
    identity: Identity,
    target?: Buffer,
  ) {
    this.root = root;
    this.folder = folder;
    this.name = name;
    this.fd = fd;
    this.identity = identity;
    this.target = target;
    ownDescriptors.add(String(fd));
  }

  /**
   * Opens without following a link at any level (but for one that is to be followed itself) and without waiting for a FIFO's other end.
   * A link that is to be stored is opened and read itself; what it holds can never be changed.
   *
   * @throws SourceError what is there is not a readable regular file inside the root
   */
  static open({ root, path, link }: SourcePath): SourceFile {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const folder = openSourceFolder(root, slash < 0 ? '' : path.slice(0, slash));
    let fd: number | undefined;
    try {
      fd = openSync(folder.entry(name), flagsFor(link));
      const stats = fstatSync(fd, { bigint: true });
      if (link === 'store') {
        const target = targetOf(folder.entry(name), stats);
        return new SourceFile(root.path, folder, name, fd, identityOf(stats), target);
      }
      if (stats.isDirectory()) throw new SourceError('IS_A_FOLDER', 'a folder; name the files in it');
      if (!stats.isFile()) throw new SourceError('SPECIAL_FILE', 'a FIFO, socket or device');
      return new SourceFile(root.path, folder, name, fd, identityOf(stats));
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      folder.close();
      throw sourceErrorFrom(error);
    }
  }

  /** As it is now, through the descriptor: of the file that was opened, whatever its name means by now. */
  identityNow(): Identity {
    return identityOf(fstatSync(this.fd, { bigint: true }));
  }

  /** What stands under the file's name now; undefined when nothing does, or when its folder was moved away. */
  identityUnderName(): Identity | undefined {
    if (!this.folder.inPlace()) return undefined;
    const stats = lstatSync(this.entryPath, { bigint: true, throwIfNoEntry: false });
    return stats && identityOf(stats);
  }

  /** The file's name in its folder, through the folder's descriptor where there is one. */
  get entryPath(): string {
    return this.folder.entry(this.name);
  }

  /** Leaves the closing of the descriptor to the caller; the folder is closed with `close`. */
  giveUpDescriptor(): number {
    this.#isClosed = true;
    ownDescriptors.delete(String(this.fd));
    return this.fd;
  }

  close(): void {
    if (!this.#isClosed) closeSync(this.giveUpDescriptor());
    if (this.#hasFolder) this.folder.close();
    this.#hasFolder = false;
  }
}
