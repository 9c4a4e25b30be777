import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What this process has open below a folder, by its path. Linux only. */
export function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // The descriptor that readdir itself had.
    }
  });
}

/** Waits until nothing below the folder is open: where calls are slow, files are closed in the background. At most 30 s. */
export async function untilClosed(folder: string): Promise<void> {
  for (const end = performance.now() + 30_000; openBelow(folder).length > 0; await sleep(10))
    assert.ok(performance.now() < end, `still open: ${openBelow(folder).join(', ')}`);
}
