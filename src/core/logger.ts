/**
 * Interface of the logger; a pino logger implements it. Without a logger the library is silent. A path is always a field and
 * never in the message, so that a newline in a file's name cannot forge a line.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/**
 * Fields of a log line. Each line has `operation`: start, scan, filter, upload, verify, delete, prune, bwlimit, concurrency, outage,
 * hook, notify or end.
 */
export type LogFields = { readonly operation: string } & Readonly<Record<string, unknown>>;

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
