import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { folderResource } from '../../../src/lock/resource.ts';
import { HOLDER, plantLock, useLockPlace } from '../../support/locks.ts';
import { NODE_FLAGS, sourceUrl } from '../../support/sources.ts';
import { useFolder } from '../../support/tree.ts';

interface Racer {
  readonly child: ChildProcessWithoutNullStreams;
  /** Says a line and returns the answer. */
  ask(line: string): Promise<string>;
}

/** A process that runs `handle(line)` for every line, which may use `take(path, waitSeconds)`. */
async function useRacer(t: TestContext, place: string, handle: string): Promise<Racer> {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { createInterface } from 'node:readline';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { folderResource } from '${sourceUrl('lock/resource.ts')}';
    import { takeLocks } from '${sourceUrl('lock/take-locks.ts')}';
    const place = ${JSON.stringify(place)};
    const holder = { ...${JSON.stringify(HOLDER)}, pid: process.pid };
    const take = (path, waitSeconds) =>
      takeLocks({ resources: [folderResource(path)], holder, waitSeconds }, [place]);
    const handle = async (line) => { ${handle} };
    createInterface({ input: process.stdin }).on('line', async (line) => console.log(await handle(line)));
    console.log('ready');`;
  const child = spawn(process.execPath, [...NODE_FLAGS, '--input-type=module', '-e', script]);
  t.after(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(lines, 'close').then(() => assert.fail(`it has ended: ${errors}`));
  ended.catch(() => undefined);
  const next = async () => String((await Promise.race([once(lines, 'line'), ended]))[0]);
  await next();
  return {
    child,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return next();
    },
  };
}

test('of two processes that ask at the same moment exactly one has the lock, a hundred times', async (t) => {
  const place = useFolder(t);
  const handle = `
    if (line === 'release') { globalThis.release?.(); globalThis.release = undefined; return 'released'; }
    try {
      globalThis.release = await take(line, 0);
      return 'taken';
    } catch (error) {
      return error.code;
    }`;
  const racers = await Promise.all([useRacer(t, place, handle), useRacer(t, place, handle)]);
  const wins = [0, 0];
  for (let round = 0; round < 100; round++) {
    // Every second time one wants what holds the other's.
    const answers = await Promise.all(
      racers.map(({ ask }, index) => ask(round % 2 && index ? '/a/b' : '/a')),
    );
    assert.deepEqual([...answers].sort(), ['LOCKED', 'taken'], `round ${round}`);
    const winner = answers.indexOf('taken');
    wins[winner] = (wins[winner] ?? 0) + 1;
    await Promise.all(racers.map(({ ask }) => ask('release')));
  }
  t.diagnostic(`won: ${wins.join(' and ')}`);
  assert.deepEqual(readdirSync(place), []);
});

test('sixty-four runs on nested sources come to their turn, one at a time, and some are killed', async (t) => {
  const place = useFolder(t);
  const journal = join(useFolder(t), 'journal');
  writeFileSync(journal, '');
  // Eight in each process; each waits for a folder above or below all the others', and writes down when it had it.
  const handle = `
    const [first, fate] = line.split(' ');
    const turns = Array.from({ length: 8 }, async (_, index) => {
      const number = Number(first) + index;
      const release = await take('/top' + '/deeper'.repeat(number), 300);
      appendFileSync(${JSON.stringify(journal)}, number + ' in\\n');
      if (fate === 'dies') process.kill(process.pid, 'SIGKILL');
      await sleep(3);
      appendFileSync(${JSON.stringify(journal)}, number + ' out\\n');
      release();
    });
    await Promise.all(turns);
    return 'done';`;
  const racers = await Promise.all(Array.from({ length: 8 }, () => useRacer(t, place, handle)));
  const asked = racers.map(async ({ child, ask }, index) => {
    if (index < 6) return ask(`${index * 8} lives`);
    const ended = once(child, 'exit');
    child.stdin.write(`${index * 8} dies\n`);
    return (await ended)[1];
  });
  assert.deepEqual(await Promise.all(asked), [...Array(6).fill('done'), 'SIGKILL', 'SIGKILL']);
  const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
  for (let line = 0; line < lines.length; line++) {
    const [number, what] = lines[line]?.split(' ') ?? [];
    assert.equal(what, 'in', `line ${line}`);
    // A process of the last two dies with the first of its eight that has the lock.
    if (Number(number) < 48) assert.equal(lines[++line], `${number} out`);
  }
  assert.equal(lines.length, 48 * 2 + 2);
});

test('a run that is killed while it asks keeps nobody off', async (t) => {
  const place = useFolder(t);
  const handle = `
    for (;;) {
      try {
        (await take('/a', 0))();
      } catch (error) {
        return error.code;
      }
    }`;
  const take = await useRacer(t, place, `(await take('/a', 30))(); return 'taken';`);
  for (let round = 0; round < 10; round++) {
    const { child } = await useRacer(t, place, handle);
    child.stdin.write('go\n');
    await new Promise((resolve) => setTimeout(resolve, 50 + 13 * round));
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.equal(await take.ask('go'), 'taken');
  }
});

test('a run that was stopped while it asked is waited for, and then named', async (t) => {
  const { place, take } = useLockPlace(t);
  const resources = [folderResource('/a')];
  const folder = plantLock(place, JSON.stringify({ resources, holder: HOLDER }), 'claimed');
  const server = createServer().listen(join(folder, 'socket'));
  t.after(() => server.close());
  await once(server, 'listening');
  const start = performance.now();
  await assert.rejects(take('/a'), { code: 'LOCKED', message: new RegExp(`process ${HOLDER.pid} since`) });
  assert.ok(performance.now() - start > 5_000);
});
