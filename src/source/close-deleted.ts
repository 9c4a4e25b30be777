import { closeSync } from 'node:fs';
import { HelperThread } from '../core/helper-thread.ts';

/** Fewer are closed here: beginning a thread takes 20 ms of CPU. */
const MIN_DESCRIPTORS_FOR_THREAD = 64;

const thread = new HelperThread<readonly number[], undefined>(`(descriptors) => {
  const { closeSync } = require('node:fs');
  for (const descriptor of descriptors) {
    try {
      closeSync(descriptor);
    } catch {}
  }
}`);

/**
 * Closes the last descriptors of files that have been deleted. Their blocks go with them, which waits for the disk (90 µs
 * on ext4, of which a third is CPU); meanwhile uploads go on.
 */
export async function closeDeleted(descriptors: readonly number[]): Promise<void> {
  if (descriptors.length < MIN_DESCRIPTORS_FOR_THREAD) {
    for (const descriptor of descriptors) closeQuietly(descriptor);
    return;
  }
  try {
    await thread.ask(descriptors);
  } catch {
    // Without its thread a process closes them when it ends; the files are deleted all the same.
  }
}

/** A network file system can report here what it could not write: nothing of ours, since the file is open for reading only. */
function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // It is closed all the same.
  }
}
