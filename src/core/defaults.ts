/**
 * The defaults of all options. The library, its stages, the settings of the command line, its help and the sample configuration
 * take them from here; a test compares docstrings and documents with them.
 */

const MIB = 1024 ** 2;

/** Defaults of the options that a backup, a verification and a restore share. */
const RUN_DEFAULTS = {
  prefix: '',
  include: [],
  exclude: [],
  requireProof: true,
  dryRun: false,
  waitSeconds: 0,
  partSizeBytes: 8 * MIB,
  memoryBytes: 128 * MIB,
  transport: 'auto',
  requesterPays: false,
  maxAttempts: 5,
  maxOutageSeconds: 900,
  exitCodes: 'plain',
} as const;

/**
 * Defaults of a backup, of a verification and of their stages. Three depend on other options: a move overwrites nothing,
 * a move and `verify: 'download'` read every file (`compare`), and memory holds two parts at least.
 */
export const DEFAULTS = {
  ...RUN_DEFAULTS,
  fileExtensions: ['*'],
  includeFrom: [],
  excludeFrom: [],
  excludeIfPresent: [],
  minSizeBytes: 0,
  minAgeSeconds: 0,
  deleteAfterUpload: false,
  removeEmptyDirectories: true,
  deleteHardLinks: false,
  deleteOpenFiles: false,
  overwrite: 'if-different',
  compare: 'auto',
  verify: 'auto',
  onChange: 'retry',
  links: 'skip',
  oneFileSystem: false,
  keyFolding: 'none',
  failIfEmpty: false,
  confirmWhen: 'always',
  lock: 'machine',
  manifest: false,
  processes: 1,
  checksum: 'auto',
  wholeMd5: true,
  signPayload: false,
  completionLookSeconds: 300,
} as const;

/** Defaults of a restore. */
export const RESTORE_DEFAULTS = {
  ...RUN_DEFAULTS,
  overwrite: false,
  links: false,
  allowSetuid: false,
  archiveDays: 7,
  archiveTier: 'Standard',
} as const;

/** Defaults of the options that only a cleanup has. */
export const CLEANUP_DEFAULTS = { olderThanSeconds: 7 * 24 * 3600 } as const;

/** Defaults of a plan for several machines. */
export const PLAN_DEFAULTS = { shards: 16 } as const;

/** Defaults that only the command line has. */
export const CLI_DEFAULTS = {
  confirm: 'first',
  hookSeconds: 3600,
  notifyOn: 'failure',
  sendmail: ['/usr/sbin/sendmail'],
} as const;

/** Defaults of a store that is used without a run, if they differ from those of a run. */
export const STORE_DEFAULTS = { connections: 16, maxOutageSeconds: 0 } as const;

/**
 * Number of files that a stage, or a verification, works on at once. A backup and a restore begin with this number and then
 * find the one with which the store is fastest.
 */
export const FILES_AT_ONCE = 16;

/** Number of files that are opened and read at once. Where calls of the file system are slow, so many of them wait side by side. */
export const FILES_READ_AT_ONCE = 64;

/**
 * Size in bytes above which an upload in parts is resumed, unless `resume` says otherwise. A smaller file is sent again in a
 * few seconds, and looking for its unfinished upload would cost one request per file.
 */
export const RESUMED_ABOVE_BYTES = 256 * MIB;

/** Options of type `T`. Each option for which `D` has a default is always set. */
export type WithDefaults<T, D> = T & { readonly [Name in keyof T & keyof D]-?: Exclude<T[Name], undefined> };

/** Fills in the default of each option that is missing or undefined. */
export function withDefaults<T extends object, D extends object>(
  options: T,
  defaults: D,
): WithDefaults<T, D> {
  // Read by name, since a spread leaves out what the options inherit.
  const values = Object.entries(defaults).map(([name, value]) => [name, options[name as keyof T] ?? value]);
  return { ...options, ...Object.fromEntries(values) } as WithDefaults<T, D>;
}
