import { lstat } from 'node:fs/promises';
import { RunControl } from '../../flow/run-control.ts';
import { absolutePath, type SourceRoot } from '../../source/root.ts';
import { scan } from '../../stages/scan.ts';

/** How long files are counted, in milliseconds. */
const LONGEST_MS = 2_000;

/** What is below folders. */
export interface Counted {
  readonly count: number;
  readonly bytes: number;
  /** Whether all files were counted. */
  readonly isWhole: boolean;
}

/** Counts the regular files below folders and their bytes, for at most two seconds. A file that cannot be looked at counts with 0 bytes. */
export async function countFiles(
  roots: readonly SourceRoot[],
  signal = AbortSignal.timeout(LONGEST_MS),
): Promise<Counted> {
  const control = new RunControl(signal);
  let [count, bytes] = [0, 0];
  try {
    for (const source of roots) {
      for await (const item of scan({ source, control })) {
        if (signal.aborted) break;
        if (item.settled) continue;
        const stats = await lstat(absolutePath(source, item.file.path)).catch(() => undefined);
        count += 1;
        bytes += stats?.size ?? 0;
      }
    }
    return { count, bytes, isWhole: !signal.aborted };
  } finally {
    control.close();
  }
}
