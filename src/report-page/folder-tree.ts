/** A folder with everything below it. */
export interface Folder {
  readonly name: string;
  bytes: number;
  files: number;
  failed: number;
  readonly children: Map<string, Folder>;
}

/** A folder in the page. What is not in a child is in files of its own, or in smaller folders. */
export interface PageFolder {
  readonly name: string;
  readonly bytes: number;
  readonly files: number;
  readonly failed: number;
  readonly children: readonly PageFolder[];
}

/** A path can have thousands of folders; deeper ones count with the last of these. */
const DEEPEST = 32;
/** Folders in memory: about 20 MB. */
const MOST_FOLDERS = 100_000;

/**
 * Adds up files and bytes by folder, in bounded memory. What it says of a folder is always of everything below it: with too
 * many folders, it first forgets the deepest ones, and then takes no new ones.
 */
export class FolderTree {
  readonly root: Folder = newFolder('');
  readonly #most: number;
  #depth = DEEPEST;
  #count = 0;

  /** @param most Number of folders that it may keep. */
  constructor(most = MOST_FOLDERS) {
    this.#most = most;
  }

  /** Adds a file. @param path Its path, `/`-separated. */
  add(path: string, bytes: number, isFailed: boolean): void {
    let folder = this.root;
    const count = () => {
      folder.bytes += bytes;
      folder.files += 1;
      if (isFailed) folder.failed += 1;
    };
    count();
    let start = path.startsWith('/') ? 1 : 0;
    for (let depth = 0; depth < this.#depth; depth += 1) {
      const end = path.indexOf('/', start);
      if (end === -1) return;
      const child = this.#childOf(folder, path.slice(start, end), depth);
      if (child === undefined) return;
      folder = child;
      count();
      start = end + 1;
    }
  }

  #childOf(folder: Folder, name: string, depth: number): Folder | undefined {
    const known = folder.children.get(name);
    if (known !== undefined) return known;
    while (this.#count >= this.#most && this.#depth > 1) this.#forgetDeepest();
    if (this.#count >= this.#most || depth >= this.#depth) return undefined;
    const child = newFolder(name);
    folder.children.set(name, child);
    this.#count += 1;
    return child;
  }

  #forgetDeepest(): void {
    this.#depth -= 1;
    this.#count = 0;
    this.#forgetBelow(this.root, this.#depth);
  }

  #forgetBelow(folder: Folder, levels: number): void {
    if (levels === 0) folder.children.clear();
    for (const child of folder.children.values()) {
      this.#count += 1;
      this.#forgetBelow(child, levels - 1);
    }
  }

  /** The largest folders. A folder is at least as large as one in it, so every folder comes with all that hold it. */
  largest(most: number): PageFolder {
    const all: { folder: Folder; depth: number }[] = [];
    const visit = (folder: Folder, depth: number) => {
      for (const child of folder.children.values()) {
        all.push({ folder: child, depth });
        visit(child, depth + 1);
      }
    };
    visit(this.root, 1);
    all.sort((a, b) => b.folder.bytes - a.folder.bytes || a.depth - b.depth);
    const kept = new Set(all.slice(0, most).map(({ folder }) => folder));
    return pageFolder(this.root, kept);
  }
}

function newFolder(name: string): Folder {
  return { name, bytes: 0, files: 0, failed: 0, children: new Map() };
}

function pageFolder({ name, bytes, files, failed, children }: Folder, kept: ReadonlySet<Folder>): PageFolder {
  const largest = [...children.values()].filter((child) => kept.has(child)).sort((a, b) => b.bytes - a.bytes);
  return { name, bytes, files, failed, children: largest.map((child) => pageFolder(child, kept)) };
}
