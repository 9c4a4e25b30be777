import type { FileInWork } from '../../flow/file-in-work.ts';

/** Keeps the files that one child has in work among those of the whole run. */
export class FilesOfChild {
  readonly #all: Set<FileInWork>;
  readonly #own = new Map<string, FileInWork & { doneBytes: number }>();

  constructor(all: Set<FileInWork>) {
    this.#all = all;
  }

  /** Takes over what the child has told. A file that it had before keeps its place. */
  update(files: readonly FileInWork[]): void {
    const left = new Map(this.#own);
    for (const file of files) {
      left.delete(file.path);
      const known = this.#own.get(file.path);
      if (known) known.doneBytes = file.doneBytes;
      else this.#add({ ...file });
    }
    for (const [path, file] of left) {
      this.#own.delete(path);
      this.#all.delete(file);
    }
  }

  #add(file: FileInWork & { doneBytes: number }): void {
    this.#own.set(file.path, file);
    this.#all.add(file);
  }
}
