import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../core/errors.ts';

/** Codes of the limits of the process and of the system. */
const NO_DESCRIPTOR: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
/**
 * Time limit in milliseconds. Files in work free their descriptors within seconds; a descriptor that is not free by then is
 * held by another program.
 */
const PATIENCE_MS = 60_000;

/**
 * Runs a function that needs a descriptor, and waits up to a minute for a free one: a lack of descriptors is not a failure of
 * the file.
 *
 * @param open Is repeated, so it must leave nothing open if it throws.
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

/** Whether an error, or its cause, is the system's refusal of another descriptor. Files in work will free theirs. */
export function lacksDescriptor(error: unknown): boolean {
  const { cause } = (error ?? {}) as { readonly cause?: unknown };
  return NO_DESCRIPTOR.has(systemCode(error) ?? '') || NO_DESCRIPTOR.has(systemCode(cause) ?? '');
}
