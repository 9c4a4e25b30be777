import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HelperThread } from '../../../src/core/helper-thread.ts';
import { runScript } from '../../support/run-script.ts';

/** Answers with what it was asked; throws at `throw`, is away for good at `exit`. */
const ECHO = `(request) => {
  if (request === 'throw') throw new TypeError('as it was told');
  if (request === 'exit') process.exit(3);
  return request;
}`;

test('answers every request with its own answer', async () => {
  const thread = new HelperThread<unknown, unknown>(ECHO);
  const requests = [1, 'two', undefined, [3], null, { four: 4 }];
  assert.deepEqual(await Promise.all(requests.map((request) => thread.ask(request))), requests);
  for (const request of requests) assert.deepEqual(await thread.ask(request), request);
});

test('a handler that throws fails all pending requests, and the next one starts a new thread', async () => {
  const thread = new HelperThread<string, string>(ECHO);
  assert.equal(await thread.ask('a'), 'a');
  const ends = await Promise.allSettled(['throw', 'b'].map((request) => thread.ask(request)));
  assert.deepEqual(
    ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.message)),
    ['as it was told', 'as it was told'],
  );
  await sleep(100);
  assert.equal(await thread.ask('c'), 'c');
});

test('a thread that exits fails all pending requests, and the next one starts a new thread', async () => {
  const thread = new HelperThread<string, string>(ECHO);
  await assert.rejects(thread.ask('exit'), /code 3/);
  assert.equal(await thread.ask('a'), 'a');
});

test('a request while a failed thread is ending is answered by the next thread', async () => {
  const thread = new HelperThread<string, string>(ECHO);
  const next = thread.ask('throw').catch(() => thread.ask('a'));
  assert.equal(await next, 'a');
});

test('an answer of one thread is never used for a request to another', async () => {
  const thread = new HelperThread<string, string>(ECHO);
  const asked: string[] = [];
  const ask = (request: string) => {
    asked.push(request);
    return thread.ask(request);
  };
  const answer = await ask('throw')
    .catch(() => ask('first'))
    .catch(() => ask('second'));
  assert.equal(answer, asked.at(-1));
});

test('a request that cannot be sent fails alone, and does not keep the process alive', async (t) => {
  const end = await runScript(
    t,
    `const { HelperThread } = await load('core/helper-thread.ts');
    const thread = new HelperThread('(x) => x');
    for (const request of ['a', () => 'no clone', 'b', 'c']) {
      thread.ask(request).then(console.log, ({ name }) => console.log(name));
    }`,
  );
  assert.deepEqual([end.code, end.stdout.trim().split('\n').sort()], [0, ['DataCloneError', 'a', 'b', 'c']]);
});

for (const inline of [false, true]) {
  test(`works in a module ${inline ? 'on the command line' : 'in a file'}, and lets the process end`, async (t) => {
    const end = await runScript(
      t,
      `const { HelperThread } = await load('core/helper-thread.ts');
      const thread = new HelperThread('(x) => x + 1');
      console.log(await thread.ask(1));
      thread.ask(2).then(console.log);`,
      { inline },
    );
    assert.deepEqual(end, { code: 0, stdout: '2\n3\n', stderr: '' });
  });
}
