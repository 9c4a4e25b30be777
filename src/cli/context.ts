import type { Readable, Writable } from 'node:stream';
import type { BaseContext } from 'clipanion';

export type HandledSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface SuspendHandlers {
  readonly before: () => void;
  readonly after: () => void;
}

/** Everything that a command uses of its process. Tests hand in their own. */
export interface CliContext extends BaseContext {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly cwd: string;
  /** Absolute paths of Node.js and of the file with which it was started. */
  readonly program: { readonly node: string; readonly entry: string };
  /** Calls the handler for each signal until a later handler is registered. Returns a function that removes the handler. */
  readonly onSignal: (handler: (signal: HandledSignal) => void) => () => void;
  /**
   * Calls the handler whenever somebody asks what the program does: on SIGUSR1, and on SIGINFO (Ctrl-T) where there is one. Returns
   * a function that removes the handler. Without one such a signal does nothing.
   */
  readonly onInfoRequest: (handler: () => void) => () => void;
  /** Calls `work` when the process ends, unless it is killed. Returns a function that revokes this. */
  readonly atExit: (work: () => void) => () => void;
  /** Whether the program was started at a terminal that has been closed since. */
  readonly isHungUp: () => boolean;
  /** Whether the program runs in the foreground of its terminal. In the background a read from it would stop the program, and the
   * terminal belongs to the shell. */
  readonly isForeground: () => boolean;
  /**
   * Calls `before` when Ctrl-Z (SIGTSTP) is about to stop the program, and `after` when it continues. Returns a function that revokes
   * this.
   */
  readonly onSuspend: (handlers: SuspendHandlers) => () => void;
  /** Makes the SDK take its credentials and settings from this profile of ~/.aws/config. */
  readonly useProfile: (name: string) => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}
