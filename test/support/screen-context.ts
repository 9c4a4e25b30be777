import type { Writable } from 'node:stream';
import { Screen } from '../../src/cli/output/screen.ts';

const nothing = () => undefined;

/** A screen of a program in the foreground that nobody stops. */
export function screenTo(stderr: Writable): Screen {
  return new Screen({
    stderr,
    env: {},
    atExit: () => nothing,
    onSuspend: () => nothing,
    isForeground: () => true,
  });
}
