import {
  type BigIntStats,
  close as closeCallback,
  closeSync,
  fstat as fstatCallback,
  fstatSync,
  lstat as lstatCallback,
  lstatSync,
  open as openCallback,
  openSync,
  readv as readvCallback,
  readvSync,
  rename as renameCallback,
  renameSync,
  unlink as unlinkCallback,
  unlinkSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../core/errors.ts';

/** One call of the file system that has not been made yet. */
export interface Call {
  /** Makes it and blocks the thread until it ends. */
  readonly now: () => unknown;
  /** Makes it in the thread pool, where it takes 60 µs of CPU longer. */
  readonly inBackground: () => Promise<unknown>;
}

/**
 * Calls of the file system, one after the other, and what comes of them. They are written once, as a generator, and made by
 * `callNow` or by `callInBackground`: the same checks in the same order, whether the thread waits for them or not.
 */
export type Calls<T> = Generator<Call, T, unknown>;

/** Makes the calls in this thread, which waits for each. @throws what a call throws, unless the generator catches it */
export function callNow<T>(calls: Calls<T>): T {
  let step = calls.next();
  while (!step.done) {
    let result: unknown;
    try {
      result = step.value.now();
    } catch (error) {
      step = calls.throw(error);
      continue;
    }
    step = calls.next(result);
  }
  return step.value;
}

/** Makes the calls in the thread pool. @throws what a call throws, unless the generator catches it */
export async function callInBackground<T>(calls: Calls<T>): Promise<T> {
  let step = calls.next();
  while (!step.done) {
    let result: unknown;
    try {
      result = await step.value.inBackground();
    } catch (error) {
      step = calls.throw(error);
      continue;
    }
    step = calls.next(result);
  }
  return step.value;
}

function callable<A extends readonly unknown[], R>(
  now: (...args: A) => R,
  background: (...args: A) => Promise<R>,
): (...args: A) => Calls<R> {
  return function* (...args) {
    return (yield { now: () => now(...args), inBackground: () => background(...args) }) as R;
  };
}

const fstatLater = promisify(fstatCallback);
const lstatLater = promisify(lstatCallback);
const readvLater = promisify(readvCallback);

export const open = callable(
  (path: string, flags: number): number => openSync(path, flags),
  promisify(openCallback) as (path: string, flags: number) => Promise<number>,
);
export const close = callable((fd: number) => closeSync(fd), promisify(closeCallback));
export const rename = callable((from: string, to: string) => renameSync(from, to), promisify(renameCallback));
export const unlink = callable((path: string) => unlinkSync(path), promisify(unlinkCallback));

export const fstat = callable(
  (fd: number): BigIntStats => fstatSync(fd, { bigint: true }),
  (fd) => fstatLater(fd, { bigint: true }),
);

/** The state of an entry, of a link itself; undefined if there is none. */
export const lstat = callable(
  (path: string): BigIntStats | undefined => lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  (path) =>
    lstatLater(path, { bigint: true }).catch((error) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }),
);

/** Reads into several buffers, one after the other. @returns the number of bytes; 0 at the end of the file */
export const readv = callable(
  (fd: number, buffers: readonly NodeJS.ArrayBufferView[], position: number): number =>
    readvSync(fd, buffers, position),
  async (fd, buffers, position) => (await readvLater(fd, buffers, position)).bytesRead,
);
