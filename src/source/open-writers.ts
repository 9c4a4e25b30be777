import { setTimeout as sleep } from 'node:timers/promises';
import { HelperThread } from '../core/helper-thread.ts';
import { waitWithin } from '../core/wait-within.ts';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import type { Identity } from './identity.ts';
import { type LookRequest, lookForWriters } from './look-for-writers.ts';
import { procReader } from './proc-reader.ts';
import { type Look, processState } from './process-state.ts';

/**
 * A look for fewer files than this runs in the main thread, as long as it takes no more time than starting a thread does: 25 to
 * 75 ms of CPU.
 */
const MIN_FILES_FOR_THREAD = 64;
const HERE_MS = 100;
/**
 * After several looks in a row, the next one waits: files arrive one after another, and a look right after the last one would
 * serve only a few of them.
 */
const PAUSE = { looks: 3, longestMs: 250 };
/** Tries for a look that fails, for example for lack of descriptors. With the pauses they take 3 s in all. */
const TRIES = 7;
const PAUSE_MS = 500;
/** Time limit of a look. It waits for every file system on which something is open, and one of them may hang. */
const PATIENCE_MS = 60_000;

/**
 * Code of the helper thread. Tools that keep the names of functions (esbuild does so for tsx) wrap every function in a call of
 * `__name`, which is defined here.
 */
const HANDLER = `((__name) => (request) => (${lookForWriters})(request, (${procReader})()))((named) => named)`;
const thread = new HelperThread<LookRequest, readonly number[]>(HANDLER);

const { looks } = processState;

/** Excludes processes of this run from looks: each has thousands of source files open, for reading only. */
export function overlookProcesses(pids: readonly number[]): void {
  processState.overlookedProcesses = pids;
}

/**
 * Finds the files that something can write to: a process has the file open for writing or mapped, or the file is behind a loop
 * device. A descriptor that is open for reading only does not count, in any process.
 *
 * The look begins after the call. It finds whatever can write to a file during the whole time from the call to the answer; it
 * may miss a writer that begins or ends in between. After a claim no process can open the file by its name, so an empty answer
 * stays true. For a file that still has its name, an empty answer only says that no write is in progress that began before the
 * call.
 *
 * A look takes 0.2 ms of CPU for every process of the system and 10 µs for every descriptor, whether for one file or for
 * thousands. It runs in another thread, unless it is short and for few files. Calls during a look, and for up to 250 ms after
 * it, share the next one.
 * Linux only: without /proc nothing is found. docs/safety.md says which writers stay unseen.
 *
 * @returns names as `nameOf` makes them; they may include files of other calls
 * @throws Error if no look could be completed, so that it is unknown what can write to the files
 */
export function findWriters(files: readonly Identity[]): Promise<ReadonlySet<string>> {
  if (!hasDescriptorPaths || files.length === 0) return Promise.resolve(new Set());
  looks.next ??= planLook();
  for (const file of files) looks.next.files.push(file);
  return looks.next.found;
}

/** The name by which `findWriters` reports a file. */
export function nameOf({ dev, ino }: Pick<Identity, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** Plans the next look. It begins some time after the last one has ended, and until then takes more files. */
function planLook(): Look {
  const files: Identity[] = [];
  const found = looks.lastEnd.then(async () => {
    await sleep(Math.max(0, looks.notBeforeMs - performance.now()));
    looks.next = undefined;
    const beginMs = performance.now();
    const marks = files.map(({ dev, ino, size, mtimeNs }) => ({ dev, ino, size, mtimeNs }));
    const indices = new Set(await look(marks));
    const endMs = performance.now();
    looks.notBeforeMs = endMs + Math.min((endMs - beginMs) * PAUSE.looks, PAUSE.longestMs);
    return new Set(files.filter((_, index) => indices.has(index)).map(nameOf));
  });
  looks.lastEnd = found.catch(() => undefined);
  return { files, found };
}

async function look(files: LookRequest['files']): Promise<readonly number[]> {
  const { overlookedProcesses: overlooked, ownDescriptors } = processState;
  const request = () => ({ files, overlooked, ours: [...ownDescriptors] });
  if (files.length < MIN_FILES_FOR_THREAD && looks.spentHereMs < HERE_MS) {
    const begin = performance.now();
    try {
      return lookForWriters({ ...request(), atMostMs: HERE_MS - looks.spentHereMs }, procReader());
    } catch {
      // The look took too long, or is impossible at the moment.
    } finally {
      looks.spentHereMs += performance.now() - begin;
    }
  }
  looks.spentHereMs = HERE_MS;
  for (let tries = 1; ; tries++) {
    try {
      return await waitWithin(PATIENCE_MS, thread.ask(request()), () => new TooLate());
    } catch (error) {
      if (tries === TRIES || error instanceof TooLate) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

class TooLate extends Error {
  override readonly message = `no answer within ${PATIENCE_MS / 1000} s; a file system may be hanging`;
}
