import type { Readable, Writable } from 'node:stream';
import type { BaseContext } from 'clipanion';

export type HandledSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** All that a command touches of its process, so that it can be tested without one. */
export interface CliContext extends BaseContext {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly cwd: string;
  /** Calls back for each of these signals, until a later handler takes them; returns what ends that. */
  readonly onSignal: (handler: (signal: HandledSignal) => void) => () => void;
  /** Whether the program was started at a terminal that is gone by now. */
  readonly isHungUp: () => boolean;
  /** Has the SDK take all that it looks up from this profile of ~/.aws/config. */
  readonly useProfile: (name: string) => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}
