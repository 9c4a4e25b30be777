import { compileGlob } from '../core/pattern.ts';
import { PatternError } from '../core/patterns/token.ts';

const MAX_RULES = 10_000;

interface Rule {
  readonly matches: (path: string) => boolean;
  readonly isForFolders: boolean;
  /** Whether it takes back what an earlier rule excludes. */
  readonly isNegated: boolean;
}

/** A line of a rule file that cannot be used. `message` says which and why, without quoting it. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}

/**
 * The rules of one or more files, written as in .gitignore (https://git-scm.com/docs/gitignore): the last rule that
 * matches decides, `!` takes back, a trailing slash means folders only, a slash elsewhere ties the rule to the folder that
 * the rules are for. Names and rules match in whatever Unicode form they are written (NFC, NFD), and in their own case.
 *
 * A match takes time in proportion to the rules and the path, whatever the rules are.
 */
export class Rules {
  readonly #rules: Rule[] = [];
  /** Most files come after another of their folder. */
  #lastFolder = { path: '', isOut: false };

  /** @throws RuleError */
  add(text: string): void {
    const lines = text.split(/\r?\n/);
    for (const [index, line] of lines.entries()) {
      try {
        const rule = parseRule(line);
        if (rule) this.#rules.push(rule);
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        throw new RuleError(`line ${index + 1} cannot be used: ${error.message}`);
      }
      if (this.#rules.length > MAX_RULES)
        throw new RuleError(`line ${index + 1} is one rule too many, at most ${MAX_RULES} are allowed`);
    }
  }

  /**
   * What the rules say of a path itself, whatever they say of the folders that it is in.
   *
   * @param path Relative to the folder that the rules are for, `/`-separated, in NFC.
   * @returns true: excluded; false: taken back; undefined: no rule matches
   */
  decide(path: string, isFolder: boolean): boolean | undefined {
    const rule = this.#rules.findLast(
      ({ matches, isForFolders }) => (isFolder || !isForFolders) && matches(path),
    );
    return rule && !rule.isNegated;
  }

  /** Whether a path is excluded, or a folder that it is in: nothing takes back what is in an excluded folder. */
  excludes(path: string, isFolder: boolean): boolean {
    const composed = path.normalize('NFC');
    const folder = composed.slice(0, Math.max(0, composed.lastIndexOf('/')));
    if (folder !== this.#lastFolder.path) this.#lastFolder = { path: folder, isOut: this.#isOut(folder) };
    return this.#lastFolder.isOut || (this.decide(composed, isFolder) ?? false);
  }

  #isOut(folder: string): boolean {
    for (let end = folder.indexOf('/'); end >= 0; end = folder.indexOf('/', end + 1))
      if (this.decide(folder.slice(0, end), true)) return true;
    return folder !== '' && (this.decide(folder, true) ?? false);
  }
}

/** @returns undefined for a comment or an empty line */
function parseRule(line: string): Rule | undefined {
  const text = withoutSpacesAtEnd(line);
  if (text === '' || text.startsWith('#')) return undefined;
  const isNegated = text.startsWith('!');
  const written = text.slice(isNegated ? 1 : 0);
  const isForFolders = written.endsWith('/') && !written.endsWith('\\/');
  const bare = isForFolders ? written.slice(0, -1) : written;
  const glob = bare.replace(/^\//, '');
  return { matches: compileGlob(glob, bare.includes('/')), isForFolders, isNegated };
}

/** An escaped space belongs to the name. Counts from the end, since an expression would take quadratic time. */
function withoutSpacesAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  let slashes = 0;
  while (line[end - 1 - slashes] === '\\') slashes += 1;
  return line.slice(0, slashes % 2 === 1 ? end + 1 : end);
}
