import { compilePatterns, headOf, type PatternMatcher } from './pattern.ts';
import { isOwnPath, OWN_FOLDER } from './reserved-names.ts';

/** The set of paths that a command works on, below a prefix or a source folder. */
export class PathScope {
  readonly #pattern: string | undefined;
  readonly #label: string;
  readonly #matcher: PatternMatcher | undefined;
  readonly #namesOwn: boolean;
  /** Beginning that all paths of the set share, so that a listing can begin there. */
  readonly head: string;

  /**
   * @param pattern Pattern as in `include`. Default: everything.
   * @param label Beginning that all given paths have: `photos/`. Default ''.
   * @throws BackupError `BAD_OPTION`
   */
  constructor(pattern: string | undefined, label = '') {
    this.#pattern = pattern;
    this.#label = label;
    this.#matcher = compilePatterns(pattern === undefined ? [] : [pattern], 'PATTERN');
    const head = headOf(pattern ?? '');
    this.head = head.startsWith(label) ? head.slice(label.length) : '';
    const fromTop = (pattern ?? '').replace(/^\/+|\/+$/g, '');
    this.#namesOwn = `${fromTop}/`.startsWith(OWN_FOLDER);
  }

  /**
   * The same set for paths relative to a folder: `a` then stands for `photos/a`. @param label Path of the folder; ends in a
   * slash, or is empty.
   */
  below(label: string): PathScope {
    return label === '' ? this : new PathScope(this.#pattern, label);
  }

  /** Whether the path of a file is in the set. */
  includes(path: string): boolean {
    return this.#matcher?.file(this.#label + path) ?? true;
  }

  /** Whether the path of an object is in the set. The program's own objects are in it only if the pattern names them. */
  includesObject(path: string): boolean {
    return this.includes(path) && (this.#namesOwn || !isOwnPath(path));
  }

  /** Whether paths in this folder may be in the set. */
  enters(folder: string): boolean {
    const start = `${folder}/`;
    return start.startsWith(this.head) || this.head.startsWith(start);
  }
}
