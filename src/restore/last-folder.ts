import { openSourceFolder, type SourceFolder } from '../source/source-folder.ts';
import type { TargetRoot } from './target.ts';

/** Keeps the folder of the last object open, since objects of one folder follow each other. Must be closed at the end. */
export class LastFolder {
  readonly #target: TargetRoot;
  #path: string | undefined;
  #folder: SourceFolder | undefined;

  constructor(target: TargetRoot) {
    this.#target = target;
  }

  /**
   * Returns a folder below the target, which stays open until the next call.
   *
   * @param path Relative to the target, `/`-separated; '' is the target itself.
   * @throws SourceError `OUTSIDE_SOURCE`, `NOT_FOUND` or `UNREADABLE`
   */
  open(path: string): SourceFolder {
    if (this.#folder && this.#path === path && this.#folder.inPlace()) return this.#folder;
    this.close();
    this.#folder = openSourceFolder(this.#target, path);
    this.#path = path;
    return this.#folder;
  }

  close(): void {
    this.#folder?.close();
    this.#folder = undefined;
  }
}
