/**
 * The codes of configuration errors.
 *
 * - `CONFIG_NOT_FOUND`: a file that was named does not exist
 * - `CONFIG_UNREADABLE`: a file exists but cannot be read as a configuration (permission, folder, device, size)
 * - `CONFIG_SYNTAX`: a file is no YAML, JSON, INI or `.env`, or could be read in two ways
 * - `CONFIG_INVALID`: an unknown key or variable, or a value that is not allowed
 * - `CONFIG_UNTRUSTED`: another user could have written the file
 * - `CONFIG_EXISTS`: the sample does not overwrite an existing file
 * - `CONFIG_UNWRITABLE`: the sample could not be written
 */
export const CONFIG_ERROR_CODES = [
  'CONFIG_NOT_FOUND',
  'CONFIG_UNREADABLE',
  'CONFIG_SYNTAX',
  'CONFIG_INVALID',
  'CONFIG_UNTRUSTED',
  'CONFIG_EXISTS',
  'CONFIG_UNWRITABLE',
] as const;

export type ConfigErrorCode = (typeof CONFIG_ERROR_CODES)[number];

/**
 * A configuration that cannot be used. `problems` has one line for each problem; `message` is these lines joined by newlines.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly problems: readonly string[];

  constructor(code: ConfigErrorCode, problems: readonly string[]) {
    super(problems.join('\n'));
    this.code = code;
    this.problems = problems;
  }
}

/**
 * Throws the problems, if there are any.
 *
 * @throws ConfigError
 */
export function failOn(code: ConfigErrorCode, problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigError(code, problems);
}
