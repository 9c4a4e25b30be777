import * as v from 'valibot';
import { DEFAULTS } from '../../../core/defaults.ts';
import { FormError } from '../parse/form-error.ts';
import { parseDuration } from '../parse/parse-duration.ts';
import { parseSources } from '../parse/parse-source.ts';
import { info } from './setting-info.ts';
import { boolean, fileName, nameOfFile, readWith, size, textOrNumber, texts } from './value-types.ts';

/** Settings about which files are backed up, and whether they are deleted afterwards. */
export const backupSchema = v.strictObject({
  source_directory: v.pipe(
    v.optional(readWith(parseSources)),
    info({
      kind: 'sources',
      about:
        'The folder to back up. Of several (a list) the keys begin, behind s3.prefix, with the name of the folder, or with\n' +
        'another: ["photos=/srv/pictures", /srv/documents].',
      allowed: 'path, or list of paths; relative to the current folder; ~/ is the home folder',
      example: './data',
      flag: { name: '--source', value: 'DIR', about: 'the folder to back up; repeatable: [PREFIX=]DIR' },
    }),
  ),
  file_extensions: v.pipe(
    v.optional(readWith(extensions), [...DEFAULTS.fileExtensions]),
    info({
      kind: 'list',
      about: 'Only files with these extensions, in any case.',
      allowed: 'list of .pdf, *.pdf or pdf; ["*"] for all files',
    }),
  ),
  include_patterns: v.pipe(
    v.optional(texts('a list of patterns, none of them empty'), [...DEFAULTS.include]),
    info({
      kind: 'list',
      about: 'Only files that match one of these patterns, written as in .gitignore. Empty: all files.',
      allowed: 'list of patterns',
      flag: { name: '--include', value: 'GLOB', about: 'only files that match this pattern; repeatable' },
    }),
  ),
  exclude_patterns: v.pipe(
    v.optional(texts('a list of patterns, none of them empty'), [...DEFAULTS.exclude]),
    info({
      kind: 'list',
      about: 'No files that match one of these patterns, written as in .gitignore.',
      allowed: 'list of patterns',
      flag: { name: '--exclude', value: 'GLOB', about: 'no files that match this pattern; repeatable' },
    }),
  ),
  include_from: v.pipe(
    v.optional(texts('a list of paths, none of them empty'), [...DEFAULTS.includeFrom]),
    info({
      kind: 'paths',
      about: 'Files of rules, written as .gitignore: only files that these rules or include_patterns match.',
      allowed: 'list of paths; relative to the current folder; ~/ is the home folder',
      flag: {
        name: '--include-from',
        value: 'FILE',
        about: 'only files that the rules in FILE match, written as .gitignore; repeatable',
      },
    }),
  ),
  exclude_from: v.pipe(
    v.optional(texts('a list of paths, none of them empty'), [...DEFAULTS.excludeFrom]),
    info({
      kind: 'paths',
      about: 'Files of rules, written as .gitignore: no files that these rules match.',
      allowed: 'list of paths; relative to the current folder; ~/ is the home folder',
      flag: {
        name: '--exclude-from',
        value: 'FILE',
        about: 'no files that the rules in FILE match, written as .gitignore; repeatable',
      },
    }),
  ),
  ignore_file: v.pipe(
    v.optional(fileName()),
    info({
      kind: 'text',
      about:
        'Name of rule files in the source, written as .gitignore. Each excludes files and folders in its own folder and below.\n' +
        'If one cannot be used as rules, all files in its folder and below fail (RULES_UNUSABLE).',
      allowed: 'the name of a file, without a folder',
      example: '.s3backupignore',
    }),
  ),
  exclude_if_present: v.pipe(
    v.optional(texts('a list of names of files, without folders', nameOfFile), [
      ...DEFAULTS.excludeIfPresent,
    ]),
    info({
      kind: 'list',
      about:
        'Leave out every folder that has an entry of one of these names, with all below it. CACHEDIR.TAG counts only with\n' +
        'the signature that programs write into it (https://bford.info/cachedir/).',
      allowed: 'list of names, such as CACHEDIR.TAG or .nobackup',
    }),
  ),
  min_size: v.pipe(
    v.optional(size(0, Number.MAX_SAFE_INTEGER, 'of at least 0'), DEFAULTS.minSizeBytes),
    info({
      kind: 'size',
      about: 'Only files of at least this size.',
      allowed: 'bytes, or with a unit: 100K, 8MiB, 1G',
      flag: { name: '--min-size', value: 'SIZE', about: 'only files of at least this size: 100K, 8M, 1G' },
    }),
  ),
  max_size: v.pipe(
    v.optional(size(0, Number.MAX_SAFE_INTEGER, 'of at least 0')),
    info({
      kind: 'size',
      about: 'Only files of at most this size.',
      allowed: 'bytes, or with a unit: 100K, 8MiB, 1G',
      example: 5 * 1024 ** 3,
      flag: { name: '--max-size', value: 'SIZE', about: 'only files of at most this size' },
    }),
  ),
  min_age: v.pipe(
    v.optional(
      readWith((value) => parseDuration(textOrNumber(value))),
      DEFAULTS.minAgeSeconds,
    ),
    info({
      kind: 'duration',
      about: 'Only files that were last changed at least this long ago.',
      allowed: 'seconds, or with a unit: 90s, 15m, 12h, 7d',
      flag: {
        name: '--min-age',
        value: 'DURATION',
        about: 'only files last changed at least this long ago: 90s, 15m, 12h, 7d',
      },
    }),
  ),
  max_age: v.pipe(
    v.optional(readWith((value) => parseDuration(textOrNumber(value)))),
    info({
      kind: 'duration',
      about: 'Only files that were last changed at most this long ago.',
      allowed: 'seconds, or with a unit: 90s, 15m, 12h, 7d',
      example: 30 * 86_400,
      flag: { name: '--max-age', value: 'DURATION', about: 'only files last changed at most this long ago' },
    }),
  ),
  compare: v.pipe(
    v.optional(v.picklist(['auto', 'size-mtime', 'checksum'], 'auto, size-mtime or checksum')),
    info({
      kind: 'text',
      about:
        'How a file is recognised that has not changed since it was stored, and so is not read again. auto: same size, and\n' +
        'mtime and ctime older than the object; size-mtime: ctime does not count; checksum: every file is read.\n' +
        `If it is not set: ${DEFAULTS.compare}; checksum with safety.verify download. With delete_after_upload always checksum.`,
      allowed: 'auto, size-mtime or checksum',
      example: DEFAULTS.compare,
      flag: {
        name: '--compare',
        value: 'HOW',
        about: 'how an unchanged file is recognised: auto, size-mtime, checksum',
      },
    }),
  ),
  delete_after_upload: v.pipe(
    v.optional(boolean(), DEFAULTS.deleteAfterUpload),
    info({
      kind: 'boolean',
      about: 'Delete a file here once S3 has proved that it holds it.',
      allowed: 'true or false',
      flag: {
        name: '--delete-after-upload',
        about: 'delete a file here once S3 has proved that it holds it',
      },
    }),
  ),
  remove_empty_directories: v.pipe(
    v.optional(boolean(), DEFAULTS.removeEmptyDirectories),
    info({
      kind: 'boolean',
      about: 'Remove the folders that this deletion emptied, never the source folder itself.',
      allowed: 'true or false',
    }),
  ),
});

const normalised = texts(
  'extensions such as .pdf, *.pdf or pdf, or "*"; for anything else include_patterns',
  extension,
);

/** Normalizes extensions to `.pdf` in lower case, or to `*` alone for all files. */
function extensions(value: unknown): string[] {
  const { output, issues } = v.safeParse(normalised, value);
  if (issues) throw new FormError(issues[0].message);
  if (output.length === 0) throw new FormError('at least one extension; ["*"] for all files');
  return output.includes('*') ? ['*'] : [...new Set(output)];
}

function extension(given: string): string {
  if (given === '*') return given;
  const name = given
    .trim()
    .replace(/^\*?\./, '')
    .toLowerCase();
  if (!/^[^\p{Cc}\s/\\*?[\]{}!,]+$/u.test(name)) {
    throw new FormError('extensions such as .pdf, *.pdf or pdf, or "*"; for anything else include_patterns');
  }
  return `.${name}`;
}
