/** Two processes that put back the same claims at the same time. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { processState } from '../../../src/source/process-state.ts';
import { type Recovery, recoverFolder } from '../../../src/source/recover.ts';
import { sourceRoot } from '../../../src/source/root.ts';
import { claimBeside, DEAD, leaveClaimed } from '../../support/claims.ts';
import { NODE_FLAGS, sourceUrl } from '../../support/sources.ts';
import { filesIn, namesIn, useFolder, useTree } from '../../support/tree.ts';

const FUSE = 0x65735546;

type Call = (...args: unknown[]) => unknown;
const functions = fs as unknown as Record<string, Call>;
const real = { ...fs };
const realCalls: Readonly<Record<string, Call>> = { ...functions };

/** Another process that puts a claim back, one step at a time. A step finds out if this process was first. */
class Other {
  restored = 0;
  readonly #claimed: string;
  readonly #original: string;
  readonly #steps: (() => void)[];
  #placeholder: bigint | undefined;

  constructor(claimed: string, original: string, hasLinks: boolean) {
    this.#claimed = claimed;
    this.#original = original;
    const move = hasLinks
      ? [() => this.#link(), () => real.unlinkSync(claimed)]
      : [() => this.#takeName(), () => this.#replaceOwn()];
    this.#steps = [...move, () => real.rmdirSync(dirname(claimed))];
  }

  /** Takes some steps. Default: all that are left. */
  go(steps: number = this.#steps.length): void {
    for (const step of this.#steps.splice(0, steps))
      try {
        step();
      } catch {
        // This process was first.
      }
  }

  #link(): void {
    real.linkSync(this.#claimed, this.#original);
    this.restored += 1;
  }

  #takeName(): void {
    real.closeSync(real.openSync(this.#original, constants.O_CREAT | constants.O_EXCL, 0));
    this.#placeholder = this.#named();
  }

  #replaceOwn(): void {
    if (this.#placeholder === undefined || this.#named() !== this.#placeholder) return;
    real.renameSync(this.#claimed, this.#original);
    this.restored += 1;
  }

  #named(): bigint {
    return real.lstatSync(this.#original, { bigint: true }).ino;
  }
}

const WATCHED = ['lstatSync', 'openSync', 'linkSync', 'unlinkSync', 'renameSync', 'rmdirSync', 'readdirSync'];

/** Calls `before` before each call of the system that a recovery makes in this process. */
function watchCalls(hasLinks: boolean, before: () => void): void {
  for (const name of WATCHED) {
    const watched = (...args: unknown[]) => {
      before();
      if (name === 'linkSync' && !hasLinks) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      return realCalls[name]?.(...args);
    };
    functions[name] = Object.assign(watched, realCalls[name]);
  }
  if (!hasLinks) functions.statfsSync = () => ({ type: FUSE });
  syncBuiltinESMExports();
}

function unwatch(): void {
  Object.assign(
    functions,
    Object.fromEntries([...WATCHED, 'statfsSync'].map((name) => [name, realCalls[name]])),
  );
  syncBuiltinESMExports();
}

const CASES = [true, false].flatMap((hasLinks) =>
  [true, false].flatMap((isBeside) => ['content', ''].map((content) => ({ hasLinks, isBeside, content }))),
);

for (const { hasLinks, isBeside, content } of CASES) {
  const how = `${hasLinks ? 'by hard links' : 'without hard links'}, claim ${isBeside ? 'beside it' : 'in a folder'}`;
  const file = content === '' ? 'an empty file' : 'a file';
  test(`whatever another process does between two calls, ${file} is put back once (${how})`, async (t) => {
    t.after(unwatch);
    const source = useTree(t, { other: '' });
    const original = join(source, 'file');
    /** @returns number of calls that the recovery made */
    const race = async (first: number, second: number, steps: number): Promise<number> => {
      writeFileSync(original, content);
      const claimed = isBeside ? join(source, claimBeside(DEAD, 'file')) : leaveClaimed(original);
      if (isBeside) real.renameSync(original, claimed);
      const other = new Other(claimed, original, hasLinks);
      let calls = 0;
      // Looks for writers do not wait for each other, so that the many rounds are short.
      processState.looks.notBeforeMs = 0;
      watchCalls(hasLinks, () => {
        calls += 1;
        if (calls === first) other.go(steps);
        if (calls === second) other.go();
      });
      const { restored, blocked } = await recoverFolder(sourceRoot(source), '');
      unwatch();
      other.go();
      const moment = `the other took ${steps} steps before call ${first}, and the rest before call ${second} of ${calls}`;
      assert.deepEqual(blocked, [], moment);
      assert.equal(restored.length + other.restored, 1, moment);
      assert.deepEqual(namesIn(source), ['file', 'other'], moment);
      assert.equal(readFileSync(original, 'utf8'), content, moment);
      rmSync(original);
      return calls;
    };
    const calls = await race(0, 0, 0);
    assert.ok(calls > 5, 'the calls were not watched');
    for (let first = 1; first <= calls; first++)
      for (const steps of [1, 2])
        for (const second of [first, first + 1, first + 2, first + 3]) await race(first, second, steps);
  });
}

const RECOVER = `
  const { recoverFolder } = await import(process.argv[1]);
  process.on('message', async ({ root, folders }) => {
    for (const folder of folders) process.send(await recoverFolder({ path: root, given: root }, folder));
    process.send('done');
  });
  process.on('disconnect', () => process.exit());
  process.send('ready');`;

/** A process that recovers folders one after the other. */
async function useRecoverer(t: TestContext): Promise<ChildProcess> {
  const args = [...NODE_FLAGS, '--input-type=module', '-e', RECOVER, sourceUrl('source/recover.ts')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

function recover(child: ChildProcess, root: string, folders: readonly string[]): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a process has ended'));
    const onMessage = (message: Recovery | 'done') => {
      if (message !== 'done') recoveries.push(message);
      else {
        child.off('message', onMessage).off('exit', onExit);
        resolve(recoveries);
      }
    };
    child.on('message', onMessage).once('exit', onExit);
    child.send({ root, folders });
  });
}

test('two processes that recover the same folders block nothing, and each file is put back once', async (t) => {
  const children = await Promise.all([useRecoverer(t), useRecoverer(t)]);
  const root = useFolder(t);
  const folders = Array.from({ length: 150 }, (_, index) => `folder-${index}`);
  for (const folder of folders) mkdirSync(join(root, folder));
  for (let round = 0; round < 4; round++) {
    for (const folder of folders)
      for (const name of ['a', 'b', 'c']) {
        writeFileSync(join(root, folder, name), folder);
        leaveClaimed(join(root, folder, name));
      }
    const recoveries = (await Promise.all(children.map((child) => recover(child, root, folders)))).flat();
    assert.deepEqual(
      recoveries.flatMap(({ blocked, waiting }) => [...blocked, ...waiting]),
      [],
    );
    assert.equal(recoveries.flatMap(({ restored }) => restored).length, 3 * folders.length);
    assert.equal(filesIn(root).size, 3 * folders.length);
  }
});
