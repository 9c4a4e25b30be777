import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { EventOutput } from '../../../../src/cli/events/event-output.ts';
import { EventQueue } from '../../../../src/cli/events/event-queue.ts';
import { useFolder } from '../../../support/tree.ts';

/** A reader that takes a piece whenever the test lets it. */
class SlowReader implements EventOutput {
  readonly isFile = false;
  #taken: Buffer[] = [];
  isClosed = false;
  #take: (() => void) | undefined;
  #refuse: ((error: Error) => void) | undefined;

  get text(): string {
    return Buffer.concat(this.#taken).toString();
  }

  begin(): void {}

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#refuse = reject;
      this.#take = () => {
        this.#taken.push(Buffer.from(bytes));
        resolve();
      };
    });
  }

  close(): void {
    this.isClosed = true;
  }

  /** Takes what is offered, until nothing more is. */
  async takeAll(): Promise<void> {
    for (let take = this.#take; take !== undefined; take = this.#take) {
      this.#take = undefined;
      take();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  leave(): void {
    this.#refuse?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

function useQueue(t: TestContext) {
  const folder = useFolder(t);
  const reader = new SlowReader();
  const failures: unknown[] = [];
  const queue = new EventQueue(reader, { folder, onFailure: (error) => failures.push(error) });
  t.after(() => queue.close());
  return { folder, reader, queue, failures };
}

const line = (number: number) => `${String(number).padStart(8, '0')} ${'é'.repeat(500)}\n`;
const never = new AbortController().signal;

test('a reader that takes nothing for long gets every line in its order, from memory and from the disk', async (t) => {
  const { reader, queue, failures, folder } = useQueue(t);
  const COUNT = 10_000;
  for (let number = 0; number < COUNT; number += 1) queue.add(line(number));
  const ended = queue.end(never);
  // The file on the disk has no name.
  assert.deepEqual(readdirSync(folder), []);
  await reader.takeAll();
  await ended;
  assert.deepEqual(failures, []);
  assert.equal(reader.text, Array.from({ length: COUNT }, (_, number) => line(number)).join(''));
  assert.ok(reader.isClosed);
});

test('lines that come while the reader works stand behind those before them', async (t) => {
  const { reader, queue } = useQueue(t);
  let expected = '';
  for (let round = 0; round < 40; round += 1) {
    for (let number = 0; number < 200; number += 1) {
      expected += line(number);
      queue.add(line(number));
    }
    if (round % 3 === 0) await reader.takeAll();
  }
  const ended = queue.end(never);
  await reader.takeAll();
  await ended;
  assert.ok(reader.text === expected);
});

test('a few lines are written soon, although nothing follows them', async (t) => {
  const { reader, queue } = useQueue(t);
  queue.add('only one\n');
  while (reader.text === '') {
    await new Promise((resolve) => setTimeout(resolve, 10));
    await reader.takeAll();
  }
  assert.equal(reader.text, 'only one\n');
});

test('a reader that leaves is told once, and nobody waits for it', async (t) => {
  const { reader, queue, failures } = useQueue(t);
  for (let number = 0; number < 1_000; number += 1) queue.add(line(number));
  const ended = queue.end(never);
  reader.leave();
  await ended;
  queue.add('more');
  assert.deepEqual(failures.map(String), ['Error: write EPIPE']);
});

test('at the end a signal ends the wait for a reader that takes nothing, and says what is lost', async (t) => {
  const { queue, failures } = useQueue(t);
  queue.add('a\n');
  const stop = new AbortController();
  const ended = queue.end(stop.signal);
  stop.abort();
  await ended;
  assert.deepEqual(failures.map(String), [
    'Error: the program was stopped before their reader had taken all',
  ]);
});

test('a folder that takes no file is told once, and does not throw', async (t) => {
  const reader = new SlowReader();
  const failures: unknown[] = [];
  const queue = new EventQueue(reader, {
    folder: '/nowhere/at/all',
    onFailure: (error) => failures.push(error),
  });
  t.after(() => queue.close());
  for (let number = 0; number < 10_000; number += 1) queue.add(line(number));
  await queue.end(never);
  assert.equal(failures.length, 1);
  assert.match(String(failures[0]), /ENOENT/);
});
