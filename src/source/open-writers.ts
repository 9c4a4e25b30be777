import { setTimeout as sleep } from 'node:timers/promises';
import { HelperThread } from '../core/helper-thread.ts';
import { hasDescriptorPaths } from '../files/descriptor-paths.ts';
import type { Identity } from './identity.ts';
import { type LookRequest, lookForWriters } from './look-for-writers.ts';
import { procReader } from './proc-reader.ts';
import { type Look, processState } from './process-state.ts';

/** Looks for fewer files are made here as long as they take no more time than this: beginning a thread takes 25 to 75 ms of CPU. */
const MIN_FILES_FOR_THREAD = 64;
const HERE_MS = 100;
/** Files come one after the other: a look that follows another at once would be made for a few of them. */
const PAUSE = { looks: 3, longestMs: 250 };
/** A look that could not be made, for want of descriptors for example, is tried again after a pause: 3 s in all. */
const TRIES = 7;
const PAUSE_MS = 500;
/** A look waits for every file system on which something is open, and one of them may have hung. */
const PATIENCE_MS = 60_000;

/** Programs that keep the names of functions (esbuild does so for tsx) wrap every function in a call of `__name`. */
const HANDLER = `((__name) => (request) => (${lookForWriters})(request, (${procReader})()))((named) => named)`;
const thread = new HelperThread<LookRequest, readonly number[]>(HANDLER);

const { looks } = processState;

/** Names processes of this program that need not be looked at: each has thousands of source files open for reading. */
export function overlookProcesses(pids: readonly number[]): void {
  processState.overlookedProcesses = pids;
}

/**
 * Of the given files, those that something can write to: a process has them open for writing or mapped, or they are behind
 * a loop device. Descriptors that are open for reading only do not count, whoever has them.
 *
 * The look begins after the call. What can write to a file from the call until the answer is found; what begins or ends
 * in between may be. So after a claim, when nobody can open the file by its name, an empty answer stays true; of a file
 * that still has its name it says only that no write goes on that began before the call.
 *
 * A look takes 0.2 ms of CPU for every process of the system and 10 µs for every descriptor, for one file or for thousands.
 * It is made in another thread, unless it is short and for few files. Calls that come during a look and for up to 250 ms
 * after it share the next one.
 * Linux only: without /proc nothing is found. docs/safety.md says what stays unseen.
 *
 * @returns names as `nameOf` makes them, perhaps of other calls' files, too
 * @throws Error if no look could be made in full, so that it is not known who can write to the files
 */
export function findWriters(files: readonly Identity[]): Promise<ReadonlySet<string>> {
  if (!hasDescriptorPaths || files.length === 0) return Promise.resolve(new Set());
  looks.next ??= planLook();
  for (const file of files) looks.next.files.push(file);
  return looks.next.found;
}

/** The name under which `findWriters` reports a file. */
export function nameOf({ dev, ino }: Pick<Identity, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** It begins some time after the one before has ended, and until then takes more files. */
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
      // Too long, or not possible at the moment.
    } finally {
      looks.spentHereMs += performance.now() - begin;
    }
  }
  looks.spentHereMs = HERE_MS;
  for (let tries = 1; ; tries++) {
    try {
      return await inTime(thread.ask(request()));
    } catch (error) {
      if (tries === TRIES || error instanceof TooLate) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

class TooLate extends Error {
  override readonly message = `no answer within ${PATIENCE_MS / 1000} s; a file system may hang`;
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new TooLate()), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
