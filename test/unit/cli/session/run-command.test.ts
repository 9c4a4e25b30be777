import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandInput, runCommand } from '../../../../src/cli/session/run-command.ts';
import { useFolder } from '../../../support/tree.ts';

function useCommands(t: TestContext) {
  const cwd = useFolder(t);
  const lines: string[] = [];
  const run = (command: CommandInput['command'], more: Partial<CommandInput> = {}) =>
    runCommand({
      ...{ command, cwd, env: { PATH: process.env.PATH }, limitSeconds: 300 },
      onLine: (line) => lines.push(line),
      ...more,
    });
  return { cwd, lines, run };
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await sleep(10);
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has waited for yet is dead.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('no shell reads the words, and both outputs come line by line', async (t) => {
  const { run, lines } = useCommands(t);
  const odd = 'a b;$HOME "*"';
  assert.equal(await run(['printf', '%s\\n', odd, 'last']), undefined);
  assert.equal(await run(['sh', '-c', 'printf unended >&2']), undefined);
  assert.deepEqual(lines, [odd, 'last', 'unended']);
});

test('a failure says how the command ended, or why it could not be started', async (t) => {
  const { run } = useCommands(t);
  assert.equal(await run(['sh', '-c', 'exit 3']), 'ended with exit code 3');
  assert.equal(await run(['sh', '-c', 'kill -KILL $$']), 'ended with SIGKILL');
  assert.match((await run(['/no/such/program'])) ?? '', /^could not be started: there is no such program/);
  assert.match((await run(['/'])) ?? '', /^could not be started: E/);
});

test('a text comes to its stdin, and a command that reads none of it is no failure', async (t) => {
  const { run, lines } = useCommands(t);
  assert.equal(await run(['cat'], { stdin: 'x'.repeat(10) }), undefined);
  assert.deepEqual(lines, ['x'.repeat(10)]);
  assert.equal(await run(['true'], { stdin: 'x'.repeat(1_000_000) }), undefined);
});

/** Starts a child that outlives its shell's SIGTERM, and writes both ids. */
const STUBBORN =
  'sh -c \'trap "" TERM; echo $$ > child; while :; do sleep 0.05; done\' & echo $$ > parent; wait';

for (const [name, more] of Object.entries({
  'after its time limit': () => ({ limitSeconds: 3 }),
  'when the run is stopped': (stop: AbortSignal) => ({ signal: stop }),
} satisfies Record<string, (stop: AbortSignal) => Partial<CommandInput>>))
  test(`${name} a command is ended with its children, those that ignore SIGTERM included`, async (t) => {
    const { run, cwd } = useCommands(t);
    const stop = new AbortController();
    const ends = run(['sh', '-c', STUBBORN], { ...more(stop.signal), graceMs: 100 });
    const isWritten = (name: string) =>
      existsSync(join(cwd, name)) && readFileSync(join(cwd, name), 'utf8').endsWith('\n');
    await until(() => isWritten('child') && isWritten('parent'));
    stop.abort();
    assert.match((await ends) ?? '', name.startsWith('after') ? /^took longer than 3 s$/ : /^was stopped/);
    for (const file of ['child', 'parent']) {
      const pid = Number(readFileSync(join(cwd, file), 'utf8'));
      await until(() => !isAlive(pid));
    }
  });

test('a child that is left behind with the output open delays nothing for long, and lives on', async (t) => {
  const { run, cwd } = useCommands(t);
  const failure = await run(['sh', '-c', 'while :; do sleep 0.05; done & echo $! > child']);
  const pid = Number(readFileSync(join(cwd, 'child'), 'utf8'));
  assert.deepEqual([failure, isAlive(pid)], [undefined, true]);
  process.kill(pid, 'SIGKILL');
});

test('nothing is started after the run was stopped', async (t) => {
  const { run, cwd } = useCommands(t);
  assert.equal(await run(['touch', 'begun'], { signal: AbortSignal.abort() }), 'was stopped by a signal');
  assert.equal(existsSync(join(cwd, 'begun')), false);
});
