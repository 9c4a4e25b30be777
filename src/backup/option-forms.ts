import * as v from 'valibot';
import type { Logger } from '../core/logger.ts';
import {
  anyText,
  bytes,
  call,
  type Form,
  fields,
  maybe,
  number,
  objectWith,
  oneOf,
  seconds,
  size,
  text,
  texts,
  truth,
} from '../core/option-forms.ts';
import type { RestoreOptions } from '../restore/options.ts';
import { ENDPOINT_FORM, OBJECT_FORM, SIGNAL, TRANSFER_FORM } from '../s3/store-form.ts';
import type { SelectionOptions } from '../selection/selection.ts';
import type { BackupOptions, Progress } from './options.ts';

const LOG_METHODS: readonly (keyof Logger)[] = ['debug', 'info', 'warn', 'error'];
const COUNTS: readonly (keyof Progress)[] = ['files', 'failed', 'bytes'];

export const SEPARATORS = ['newline', 'nul'] as const;
export const OVERWRITES = ['always', 'if-different', 'never'] as const;

/** What backups and restores are told alike. */
const RUN_FORM = {
  ...ENDPOINT_FORM,
  bucket: text,
  prefix: maybe(anyText),
  object: maybe(fields(OBJECT_FORM)),
  requireProof: maybe(truth),
  waitSeconds: maybe(seconds),
  dryRun: maybe(truth),
  partSizeBytes: maybe(number),
  concurrency: maybe(number),
  memoryBytes: maybe(number),
  maxOutageSeconds: maybe(number),
  include: maybe(texts),
  exclude: maybe(texts),
  signal: maybe(SIGNAL),
  logger: maybe(objectWith(LOG_METHODS, 'an object with the methods debug, info, warn and error')),
  onEntry: maybe(call),
  progress: maybe(objectWith(COUNTS, 'an object with the numbers files, failed and bytes')),
} satisfies Partial<Form<BackupOptions & RestoreOptions>>;

const SOURCE = 'a text that is not empty, or a list of objects with folder and prefix';

export const SELECTION_FORM: Form<SelectionOptions> = {
  fileExtensions: maybe(texts),
  include: maybe(texts),
  includeFrom: maybe(texts),
  exclude: maybe(texts),
  excludeFrom: maybe(texts),
  ignoreFile: maybe(anyText),
  excludeIfPresent: maybe(texts),
  ownFiles: maybe(texts),
  minAgeSeconds: maybe(seconds),
  maxAgeSeconds: maybe(seconds),
  minSizeBytes: maybe(size),
  maxSizeBytes: maybe(size),
};

export const BACKUP_FORM: Form<BackupOptions> = {
  ...RUN_FORM,
  ...TRANSFER_FORM,
  source: v.union([text, v.array(fields({ folder: text, prefix: maybe(anyText) }))], SOURCE),
  ...SELECTION_FORM,
  failIfEmpty: maybe(truth),
  maxDelete: maybe(v.union([number, anyText], 'a number, or a share such as "10%"')),
  list: maybe(fields({ input: bytes, separator: maybe(oneOf(SEPARATORS)) })),
  deleteAfterUpload: maybe(truth),
  deleteHardLinks: maybe(truth),
  deleteOpenFiles: maybe(truth),
  removeEmptyDirectories: maybe(truth),
  overwrite: maybe(oneOf(OVERWRITES)),
  compare: maybe(oneOf(['auto', 'size-mtime', 'checksum'])),
  verify: maybe(oneOf(['auto', 'head', 'download'])),
  onChange: maybe(oneOf(['retry', 'skip', 'fail'])),
  links: maybe(oneOf(['skip', 'follow', 'store'])),
  oneFileSystem: maybe(truth),
  keyFolding: maybe(oneOf(['none', 'unicode', 'case', 'both'])),
  processes: maybe(number),
  manifest: maybe(truth),
};

export const RESTORE_FORM: Form<RestoreOptions> = {
  ...RUN_FORM,
  transport: TRANSFER_FORM.transport,
  requesterPays: TRANSFER_FORM.requesterPays,
  to: text,
  pattern: maybe(v.union([anyText, texts], 'a text or a list of texts')),
  ownFiles: maybe(texts),
  overwrite: maybe(truth),
  versionAt: maybe(anyText),
  run: maybe(anyText),
  links: maybe(truth),
  allowSetuid: maybe(truth),
  archiveDays: maybe(number),
  archiveTier: maybe(anyText),
};
