import { parentOf } from '../core/paths.ts';
import { compileGlob } from '../core/pattern.ts';
import { PatternError } from '../core/patterns/token.ts';

const MAX_RULES = 10_000;

interface Rule {
  readonly matches: (path: string) => boolean;
  readonly isForFolders: boolean;
  /** Whether it begins with `!`, and so includes what an earlier rule excludes. */
  readonly isNegated: boolean;
}

/** A line of a rule file that cannot be used. `message` has its number and the reason, but not its text. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}

/**
 * The rules of one or more files, written as in .gitignore (https://git-scm.com/docs/gitignore): the last rule that
 * matches decides, `!` includes again, a trailing slash means folders only, and a slash elsewhere anchors the rule at the
 * folder that the rules apply to. Unicode forms (NFC, NFD) are equal; upper and lower case are not.
 *
 * A match takes time proportional to the rules and the path.
 */
export class Rules {
  readonly #rules: Rule[] = [];
  /** The folder that was checked last: files of one folder mostly follow each other. */
  #lastFolder = { path: '', isExcluded: false };

  /** @throws RuleError */
  add(text: string): void {
    for (const [index, line] of text.split('\n').entries()) {
      try {
        const rule = parseRule(line.replace(/\r$/, ''));
        if (rule) this.#rules.push(rule);
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        throw new RuleError(`line ${index + 1} cannot be used: ${error.message}`);
      }
      if (this.#rules.length > MAX_RULES)
        throw new RuleError(`line ${index + 1} exceeds the limit of ${MAX_RULES} rules`);
    }
  }

  /**
   * What the rules say about a path itself. The folders above it are not considered.
   *
   * @param path Relative to the folder that the rules apply to, `/`-separated, in NFC.
   * @returns true: excluded; false: included by `!`; undefined: no rule matches
   */
  decide(path: string, isFolder: boolean): boolean | undefined {
    const rule = this.#rules.findLast(
      ({ matches, isForFolders }) => (isFolder || !isForFolders) && matches(path),
    );
    return rule && !rule.isNegated;
  }

  /** Whether a path or a folder above it is excluded. In an excluded folder no rule includes anything again. */
  excludes(path: string, isFolder: boolean): boolean {
    const composed = path.normalize('NFC');
    const folder = parentOf(composed);
    if (folder !== this.#lastFolder.path)
      this.#lastFolder = { path: folder, isExcluded: this.#excludesFolder(folder) };
    return this.#lastFolder.isExcluded || (this.decide(composed, isFolder) ?? false);
  }

  #excludesFolder(folder: string): boolean {
    for (let end = folder.indexOf('/'); end >= 0; end = folder.indexOf('/', end + 1))
      if (this.decide(folder.slice(0, end), true)) return true;
    return folder !== '' && (this.decide(folder, true) ?? false);
  }
}

/**
 * Parses one line of a rule file.
 *
 * @param line The line without its end.
 * @returns undefined for a comment or an empty line
 * @throws PatternError
 */
function parseRule(line: string): Rule | undefined {
  // Otherwise a file with line ends of old Macs would be a single rule that matches nothing, or a single comment.
  if (line.includes('\r')) throw new PatternError('it contains a carriage return; end lines with LF or CRLF');
  const text = withoutSpacesAtEnd(line);
  if (text === '' || text.startsWith('#')) return undefined;
  const isNegated = text.startsWith('!');
  const written = text.slice(isNegated ? 1 : 0);
  const isForFolders = written.endsWith('/') && !written.endsWith('\\/');
  const bare = isForFolders ? written.slice(0, -1) : written;
  const glob = bare.replace(/^\//, '');
  return { matches: compileGlob(glob, bare.includes('/')), isForFolders, isNegated };
}

/**
 * Removes white space at the end, except an escaped space, which belongs to the name. Counts from the end, since a regular
 * expression takes quadratic time.
 */
function withoutSpacesAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  let slashes = 0;
  while (line[end - 1 - slashes] === '\\') slashes += 1;
  return line.slice(0, slashes % 2 === 1 ? end + 1 : end);
}
