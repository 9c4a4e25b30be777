/** Restores of the real program that are ended in the middle, and the ones after them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RestoreReport } from '../../../src/index.ts';
import { serverEnvironment, useWorkplace, type Workplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { contentOf, endsOf, type RestorePlace, useRestorePlace } from '../../support/restore.ts';
import { MIB } from '../../support/run.ts';
import { namesIn } from '../../support/tree.ts';
import { bytesOfLength } from '../contract/support/source.ts';

const program = useProgram();
const LARGE = 32 * MIB + 1;
const FILES = 40;

interface Interrupted extends RestorePlace {
  readonly workplace: Workplace;
  /** Starts the program; `restored` in the current folder is what it restores to. */
  begin(): ReturnType<typeof start>;
  report(): RestoreReport;
}

async function useInterrupted(t: TestContext): Promise<Interrupted> {
  const place = await useRestorePlace(t);
  for (let n = 0; n < FILES; n += 1) await place.put(`folder/${n}`, `content ${n}`);
  await place.put('a large one', bytesOfLength(LARGE));
  const workplace = useWorkplace(t);
  const args = [
    'restore',
    '--to',
    'restored',
    '--output-json',
    'report.json',
    '--concurrency',
    '2',
    '--quiet',
  ];
  const env = serverEnvironment(place.server);
  return {
    ...place,
    to: join(workplace.cwd, 'restored'),
    workplace,
    begin: () => start([process.execPath, program.bin, ...args], { workplace, env }),
    report: () => JSON.parse(workplace.read('report.json')) as RestoreReport,
  };
}

function assertAllThere({ to }: Interrupted): void {
  const names = ['a large one', 'folder', ...Array.from({ length: FILES }, (_, n) => `folder/${n}`)];
  assert.deepEqual(namesIn(to), names.sort());
  assert.ok(readFileSync(join(to, 'a large one')).equals(bytesOfLength(LARGE)));
  for (let n = 0; n < FILES; n += 1)
    assert.equal(readFileSync(join(to, `folder/${n}`), 'utf8'), `content ${n}`);
}

/** Every file that has its name is whole. */
function assertNothingHalf({ to }: Interrupted): number {
  const whole = Object.entries(contentOf(join(to, 'folder'))).filter(([name]) => !name.startsWith('.'));
  for (const [name, content] of whole) assert.equal(content, `content ${name}`);
  if (existsSync(join(to, 'a large one'))) assert.equal(statSync(join(to, 'a large one')).size, LARGE);
  return whole.length;
}

for (const at of [2, 20]) {
  test(`killed at its ${at + 1}th read, a restore is completed by the next one, and nothing is left behind`, async (t) => {
    const place = await useInterrupted(t);
    const run = () => {
      killed.child.kill('SIGKILL');
    };
    place.server.faults.plan({ operation: 'GetObject', skip: at, do: { kind: 'call', run } });
    const killed = place.begin();
    assert.equal((await killed.ended).signal, 'SIGKILL');
    if (existsSync(join(place.to, 'folder'))) assertNothingHalf(place);

    const { code, stderr } = await place.begin().ended;

    assert.deepEqual([code, stderr], [0, '']);
    assertAllThere(place);
    assert.deepEqual(place.report().errors, []);
  });
}

test('stopped by a signal, a restore finishes what is in flight, says so, and the next one goes on', async (t) => {
  const place = await useInterrupted(t);
  const run = () => {
    stopped.child.kill('SIGTERM');
  };
  place.server.faults.plan({ operation: 'GetObject', skip: 12, do: { kind: 'call', run } });
  const stopped = place.begin();
  assert.equal((await stopped.ended).code, 143);
  const { interrupted, exit_code, counts, errors } = place.report();
  assert.deepEqual([interrupted, exit_code], [true, 143]);
  assert.ok(counts.restored > 0 && counts.restored < FILES, `${counts.restored} were restored`);
  assert.ok(errors.every(([, message]) => message.startsWith('INTERRUPTED')));
  assertNothingHalf(place);

  assert.equal((await place.begin().ended).code, 0);
  assertAllThere(place);
  assert.equal(place.report().counts.unchanged, counts.restored);
});

test('a read that hangs is given up five seconds after a signal, and the partial file is kept', async (t) => {
  const place = await useInterrupted(t);
  const run = () => {
    stopped.child.kill('SIGINT');
  };
  place.server.faults.plan({
    operation: 'GetObject',
    key: 'a large one',
    skip: 3,
    do: { kind: 'call', run },
  });
  place.server.faults.plan({ operation: 'GetObject', key: 'a large one', skip: 3, do: { kind: 'stall' } });
  const stopped = place.begin();
  assert.equal((await stopped.ended).code, 130);
  assert.equal(endsOf(place.report())['a large one'], 'failed INTERRUPTED');
  const [temporary = ''] = namesIn(place.to);
  assert.match(temporary, /^\.s3-backup-restore-/);
  const done = statSync(join(place.to, temporary)).size;
  assert.ok(done >= 8 * MIB && done < LARGE, `${done} bytes are there`);

  const before = place.server.requests.length;
  assert.equal((await place.begin().ended).code, 0);
  assertAllThere(place);
  const entry = place.report().files.find(({ key }) => key === 'a large one');
  assert.equal(entry?.resumed_bytes, done);
  const ranges = place.server.requests
    .slice(before)
    .flatMap(({ key, headers }) => (key === 'a large one' && headers.range) || []);
  assert.ok(ranges.some((range) => range.startsWith(`bytes=${done}-`)) && ranges.length < LARGE / (8 * MIB));
});
