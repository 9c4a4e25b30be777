import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newLockName, RECORD_FILES } from '../../src/lock/lock-folder.ts';
import { parseRecord } from '../../src/lock/lock-record.ts';
import { lockPlaces } from '../../src/lock/places.ts';
import { folderResource } from '../../src/lock/resource.ts';
import { takeLocks } from '../../src/lock/take-locks.ts';
import { NODE_FLAGS, sourceUrl } from './sources.ts';
import { useFolder } from './tree.ts';

export const HOLDER = {
  pid: process.pid,
  since: '2026-01-01T00:00:00.000Z',
  source: '/from',
  target: 's3://to/',
};

/** A folder of the test's own for locks, so that no other test's are met. */
export function useLockPlace(t: TestContext) {
  const place = useFolder(t);
  const take = (path: string, more: { waitSeconds?: number; signal?: AbortSignal } = {}) =>
    takeLocks({ resources: [folderResource(path)], holder: HOLDER, ...more }, [place]);
  /** The locks that are there. */
  const names = () => readdirSync(place);
  return { place, take, names };
}

/** A process that has taken the lock on a folder. */
export async function useHoldingProcess(
  t: TestContext,
  path: string,
  place: string,
): Promise<ChildProcessWithoutNullStreams> {
  const script = `
    import { takeLocks } from '${sourceUrl('lock/take-locks.ts')}';
    import { folderResource } from '${sourceUrl('lock/resource.ts')}';
    const holder = { ...${JSON.stringify(HOLDER)}, pid: process.pid };
    await takeLocks({ resources: [folderResource(${JSON.stringify(path)})], holder }, [${JSON.stringify(place)}]);
    console.log('taken');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, [...NODE_FLAGS, '--input-type=module', '-e', script]);
  t.after(() => child.kill('SIGKILL'));
  const early = once(child, 'close').then(([code]) => assert.fail(`the process ended with ${code}`));
  early.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), early]);
  return child;
}

/** Resolves when a process has written down what it asks for, and has not been given it. */
export async function untilAsking(pid: number | undefined): Promise<void> {
  while (!lockPlaces().some((place) => readdirSync(place).some((name) => asks(join(place, name), pid))))
    await sleep(50);
}

function asks(folder: string, pid: number | undefined): boolean {
  try {
    return parseRecord(readFileSync(join(folder, RECORD_FILES.draft), 'utf8'))?.holder.pid === pid;
  } catch {
    return false;
  }
}

/** Writes a lock that nobody listens for, with whatever in its record. Returns its folder. */
export function plantLock(place: string, record: string, state: keyof typeof RECORD_FILES = 'held'): string {
  const folder = join(place, newLockName().name);
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, RECORD_FILES.draft), record);
  renameSync(join(folder, RECORD_FILES.draft), join(folder, RECORD_FILES[state]));
  return folder;
}
