/**
 * Where the library says what it does; a pino logger fits. Without one it is silent. A path is always in a field, never
 * in the message: a newline in a file's name must not forge a line.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** `operation` is on every line: start, scan, filter, upload, verify, delete, prune, bwlimit, outage, end. */
export type LogFields = { readonly operation: string } & Readonly<Record<string, unknown>>;

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
