import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../core/errors.ts';

/** Of the process, of the system. */
const NO_DESCRIPTOR: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
/** Files in work give theirs back in seconds; what has not come back by then is held by somebody else. */
const PATIENCE_MS = 60_000;

/**
 * Does what needs a descriptor, and waits for one for up to a minute if there is none: that is no failure of the file that is to be
 * opened.
 *
 * @param open Is repeated, and so must leave nothing open when it throws.
 * @throws what `open` throws
 */
export async function whenDescriptorsAreFree<T>(open: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      return await open();
    } catch (error) {
      if (!lacksDescriptor(error) || performance.now() > deadline) throw error;
    }
    await sleep(pause);
  }
}

/** Whether this, or what it was caused by, is the system's refusal of one more descriptor. Those of files in work come back. */
export function lacksDescriptor(error: unknown): boolean {
  const { cause } = (error ?? {}) as { readonly cause?: unknown };
  return NO_DESCRIPTOR.has(systemCode(error) ?? '') || NO_DESCRIPTOR.has(systemCode(cause) ?? '');
}
