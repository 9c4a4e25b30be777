import { compilePatterns, headOf, type PatternMatcher } from './pattern.ts';
import { isOwnPath, OWN_FOLDER } from './reserved-names.ts';

/** The paths below a prefix, or a source folder, that a command is about. */
export class PathScope {
  readonly #pattern: string | undefined;
  readonly #label: string;
  readonly #matcher: PatternMatcher | undefined;
  readonly #namesOwn: boolean;
  /** What every path in it begins with: a listing need not begin before it. */
  readonly head: string;

  /**
   * @param pattern As in include patterns. Default: everything.
   * @param label What every path that is asked for has before it: `photos/`. Default ''.
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

  /** The same for paths below a folder: `a` there is `photos/a` here. @param label Ends in a slash, or is empty. */
  below(label: string): PathScope {
    return label === '' ? this : new PathScope(this.#pattern, label);
  }

  /** Whether a file of the source is in it. */
  includes(path: string): boolean {
    return this.#matcher?.file(this.#label + path) ?? true;
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
