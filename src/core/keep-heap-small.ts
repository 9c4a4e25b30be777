import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Size of the young generation, in bytes, from which it does not grow. V8's limit is 32 MiB, and 128 MiB in Node.js 24. */
const YOUNG_BYTES = 16 * 2 ** 20;

/**
 * Keeps the heap of this process small. A run makes much garbage and has little that lives, so that a larger heap only takes
 * resident memory: docs/performance.md has the figures. Node.js has no option for it that a script could set for itself: V8 reads
 * its size limits when a process starts, but these two flags at each collection.
 *
 * - The old generation is collected when it has two and a half times the size of what lives in it, instead of up to four times.
 * - The young generation does not grow beyond 16 MiB, or one step more if it grows while JavaScript does not return to the event loop.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=150');
  const observer = new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    const factor = young && young.space_size < YOUNG_BYTES ? 2 : 1;
    // After each collection, since a thread that starts resets the factor of the whole process.
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  });
  observer.observe({ entryTypes: ['gc'] });
}
