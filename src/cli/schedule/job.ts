import type { Every } from './every.ts';

/** What a schedule starts, and what that needs of the system. */
export interface Job {
  /** Name of its units: `s3-backup`, `s3-backup-office`. */
  readonly name: string;
  /** One line about what it does. */
  readonly about: string;
  readonly every: Every;
  /** Path of the configuration file. */
  readonly config: string;
  /** Absolute path of the program that runs the command, and its words. */
  readonly command: readonly string[];
  /** The folder in which it runs: relative paths of the configuration are relative to it. */
  readonly folder: string;
  /** Whether it belongs to one user, not to the system. */
  readonly forUser: boolean;
  /** Whether files are deleted after they are stored. */
  readonly moves: boolean;
  readonly sources: readonly string[];
  /** Folders in which the run writes, beside the sources of a move: of the log and the reports. */
  readonly writes: readonly string[];
  /** Files that systemd reads for the run, by the name that the run looks for. */
  readonly credentials: readonly { readonly name: string; readonly file: string }[];
  /** Settings that start other programs, of which nobody knows what they need. */
  readonly startsPrograms: readonly string[];
}

/** The comment that begins every file that was written here. @param sign What begins a comment. */
export function markOf({ config }: Pick<Job, 'config'>, sign = '#'): string {
  return `${sign} Written by s3-backup schedule for ${config}`;
}

/** The configuration for which a file was written; undefined if it was not written here. */
export function markedConfig(text: string): string | undefined {
  return /^# Written by s3-backup schedule for (.*)$/m.exec(text.split('\n', 1)[0] ?? '')?.[1];
}
