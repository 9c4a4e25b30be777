import type { Readable, Writable } from 'node:stream';
import type { BaseContext } from 'clipanion';

/** All that a command touches of its process, so that it can be tested without one. */
export interface CliContext extends BaseContext {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly cwd: string;
  /** Calls back for each SIGINT or SIGTERM; returns what ends that. */
  readonly onSignal: (handler: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}
