import { isOwnPath, OWN_FOLDER } from './key.ts';
import { compilePatterns, headOf, type PatternMatcher } from './pattern.ts';

/** The paths below a prefix, or a source folder, that a command is about. */
export class PathScope {
  readonly #matcher: PatternMatcher | undefined;
  readonly #namesOwn: boolean;
  /** What every path in it begins with: a listing need not begin before it. */
  readonly head: string;

  /**
   * @param pattern As in include patterns. Default: everything.
   * @throws BackupError `BAD_OPTION`
   */
  constructor(pattern: string | undefined) {
    this.#matcher = compilePatterns(pattern === undefined ? [] : [pattern], 'PATTERN');
    this.head = headOf(pattern ?? '');
    const fromTop = (pattern ?? '').replace(/^\/+|\/+$/g, '');
    this.#namesOwn = `${fromTop}/`.startsWith(OWN_FOLDER);
  }

  /** Whether a file of the source is in it. */
  includes(path: string): boolean {
    return this.#matcher?.file(path) ?? true;
  }

  /** Whether an object is in it: what is the program's own has to be named. */
  includesObject(path: string): boolean {
    return this.includes(path) && (this.#namesOwn || !isOwnPath(path));
  }

  /** Whether something in this folder may be in it. */
  enters(folder: string): boolean {
    const start = `${folder}/`;
    return start.startsWith(this.head) || this.head.startsWith(start);
  }
}
