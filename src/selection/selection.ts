/** The room `selection` decides which files are backed up: patterns, rule files, sizes, and ages. */
import { DEFAULTS } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { compilePatterns, type PatternMatcher } from '../core/pattern.ts';
import { isReservedPath } from '../core/reserved-names.ts';
import type { BackupOutcome, Reason } from '../flow/item.ts';
import type { SourceRoot } from '../source/root.ts';
import { hasExtension, normalExtensions } from './extensions.ts';
import { type FolderRuleOptions, FolderRules, isFileName, type RuledOut } from './folder-rules.ts';
import { RuleFileError, readRules } from './rule-file.ts';
import type { Rules } from './rules.ts';
import { requireRanges, type SizeAndAgeOptions } from './size-and-age.ts';

export interface SelectionOptions extends SizeAndAgeOptions, FolderRuleOptions {
  /** `.pdf`, `pdf` or `*.pdf`, in any case; `*` takes every file. Default `['*']`. */
  readonly fileExtensions?: readonly string[] | undefined;
  /** Only files that one of these patterns or a rule of `includeFrom` matches, written as in .gitignore. Default: every file. */
  readonly include?: readonly string[] | undefined;
  /** Paths of rule files, written as .gitignore: only files that `include` or one of these rules matches. Default: none. */
  readonly includeFrom?: readonly string[] | undefined;
  /** No file that one of these patterns matches, and nothing below a folder that one matches. Default: none. */
  readonly exclude?: readonly string[] | undefined;
  /** Paths of rule files, written as .gitignore: no file that one of these rules matches. Default: none. */
  readonly excludeFrom?: readonly string[] | undefined;
  /**
   * Patterns of files that the caller reads or writes during the run, such as its log. They match paths as the report has
   * them. Default: none.
   */
  readonly ownFiles?: readonly string[] | undefined;
}

/** Why a file is left out: skipped, or failed if a rule file cannot be used, so that it may be one to back up. */
export interface LeftOut extends Reason {
  readonly fate: Extract<BackupOutcome['fate'], 'skipped' | 'failed'>;
}

/** Selects files and folders by their paths, and by the rules in the folders of the source. */
export class Selection {
  readonly #extensions: readonly string[] | undefined;
  readonly #include: PatternMatcher | undefined;
  readonly #includeRules: Rules | undefined;
  readonly #exclude: PatternMatcher | undefined;
  readonly #excludeRules: Rules | undefined;
  readonly #own: PatternMatcher | undefined;
  readonly #options: SelectionOptions;
  /** Whether a source before the present one had rule files. */
  #hasIgnoreFiles = false;
  #folders: { readonly root: SourceRoot; readonly rules: FolderRules } | undefined;

  /**
   * @param twin Selection with the same options, whose patterns and rule files are used. Default: they are read.
   * @throws BackupError `BAD_OPTION` for a pattern, an extension, or a rule file that cannot be used
   */
  constructor(options: SelectionOptions, twin?: Selection) {
    this.#options = options;
    if (twin) {
      this.#extensions = twin.#extensions;
      this.#include = twin.#include;
      this.#includeRules = twin.#includeRules;
      this.#exclude = twin.#exclude;
      this.#excludeRules = twin.#excludeRules;
      this.#own = twin.#own;
      return;
    }
    this.#extensions = normalExtensions(options.fileExtensions ?? DEFAULTS.fileExtensions);
    this.#include = compilePatterns(options.include ?? DEFAULTS.include, 'include');
    this.#includeRules = rulesOf(options.includeFrom, 'includeFrom');
    this.#exclude = compilePatterns(options.exclude ?? DEFAULTS.exclude, 'exclude');
    this.#excludeRules = rulesOf(options.excludeFrom, 'excludeFrom');
    this.#own = compilePatterns(options.ownFiles ?? [], 'ownFiles');
    requireNames(options);
    requireRanges(options);
  }

  /**
   * Makes a selection for a second walk at the same time. It uses the same patterns, since a rule file may be a pipe that
   * can be read only once; what is known of folders is its own, since the walks are in different sources at times.
   */
  fork(): Selection {
    return new Selection(this.#options, this);
  }

  /** Why a file is left out; undefined if it is backed up. @param path Relative to the source, `/`-separated. */
  whyNot(root: SourceRoot, path: string): LeftOut | undefined {
    if (this.#own?.file((root.label ?? '') + path)) return OWN;
    this.#include?.note(path, false);
    this.#exclude?.note(path, false);
    const reason = this.#notChosen(path) ?? this.#excluded(path);
    if (reason !== undefined) return { fate: 'skipped', code: 'EXCLUDED', reason };
    const ruled = this.#rulesIn(root)?.ofFile(path);
    if (ruled) return leftOut(ruled);
    return isReservedPath(path) ? RESERVED : undefined;
  }

  /** Whether the walk enters a folder. True if a rule file there cannot be used: then each file below it fails. */
  enters(root: SourceRoot, folder: string): boolean {
    this.#exclude?.note(folder, true);
    if (this.#exclude?.folder(folder) || this.#excludeRules?.excludes(folder, true)) return false;
    return this.#rulesIn(root)?.ofFolder(folder)?.kind !== 'excluded';
  }

  /** Whether a file is one of `ignoreFile`. @param path Relative to the source, `/`-separated. */
  isRuleFile(path: string): boolean {
    const { ignoreFile } = this.#options;
    return ignoreFile !== undefined && (path === ignoreFile || path.endsWith(`/${ignoreFile}`));
  }

  /**
   * The patterns and files that have matched nothing so far, each with its option: `include "*.pfd"`, or `ignoreFile ".ignore"`
   * if there is no such file.
   */
  unmatched(): readonly string[] {
    const { ignoreFile } = this.#options;
    const named = (option: string, matcher: PatternMatcher | undefined) =>
      (matcher?.unmatched() ?? []).map((pattern) => `${option} ${JSON.stringify(pattern)}`);
    const lacking =
      ignoreFile === undefined || this.#hasIgnoreFiles || this.#folders?.rules.hasIgnoreFiles
        ? []
        : [`ignoreFile ${JSON.stringify(ignoreFile)}`];
    return [...named('include', this.#include), ...named('exclude', this.#exclude), ...lacking];
  }

  #notChosen(path: string): string | undefined {
    if (this.#extensions && !hasExtension(path, this.#extensions))
      return 'its extension is not among the selected ones';
    if (!this.#include && !this.#includeRules) return undefined;
    if (this.#include?.file(path) || this.#includeRules?.excludes(path, false)) return undefined;
    return 'no include pattern matches';
  }

  #excluded(path: string): string | undefined {
    if (this.#exclude?.file(path)) return 'an exclude pattern matches';
    return this.#excludeRules?.excludes(path, false) ? 'a rule of excludeFrom matches' : undefined;
  }

  #rulesIn(root: SourceRoot): FolderRules | undefined {
    const { ignoreFile, excludeIfPresent = DEFAULTS.excludeIfPresent } = this.#options;
    if (ignoreFile === undefined && excludeIfPresent.length === 0) return undefined;
    if (this.#folders?.root !== root) {
      this.#hasIgnoreFiles ||= this.#folders?.rules.hasIgnoreFiles ?? false;
      this.#folders = { root, rules: new FolderRules(root, this.#options) };
    }
    return this.#folders.rules;
  }
}

const OWN: LeftOut = {
  fate: 'skipped',
  code: 'EXCLUDED',
  reason: 'it is a file of this run: its configuration, log or report',
};
const RESERVED: LeftOut = {
  fate: 'skipped',
  code: 'OWN_FILE',
  reason: 'its name is reserved for the unfinished work of a restore or a backup, which the next one resumes',
};

function leftOut({ kind, reason }: RuledOut): LeftOut {
  return kind === 'excluded'
    ? { fate: 'skipped', code: 'EXCLUDED', reason }
    : { fate: 'failed', code: 'RULES_UNUSABLE', reason };
}

function rulesOf(files: readonly string[] | undefined, option: string): Rules | undefined {
  if (files === undefined || files.length === 0) return undefined;
  try {
    return readRules(files);
  } catch (error) {
    if (!(error instanceof RuleFileError)) throw error;
    throw new BackupError('BAD_OPTION', `${option}: ${error.message}.`, { cause: error });
  }
}

/** @throws BackupError `BAD_OPTION` */
function requireNames({ ignoreFile, excludeIfPresent = DEFAULTS.excludeIfPresent }: FolderRuleOptions): void {
  const names = [
    ...(ignoreFile === undefined ? [] : [['ignoreFile', ignoreFile] as const]),
    ...excludeIfPresent.map((name) => ['excludeIfPresent', name] as const),
  ];
  for (const [option, name] of names) {
    if (!isFileName(name))
      throw new BackupError(
        'BAD_OPTION',
        `${option} is ${JSON.stringify(name)}; allowed is the name of a file, without a folder.`,
      );
  }
}
