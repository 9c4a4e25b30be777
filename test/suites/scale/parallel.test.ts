/** A move by GNU parallel on one machine, while a shard is killed and the endpoint goes away. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { useProgram } from '../../support/program.ts';
import { killProgram, loseEndpoint } from './support/failures.ts';
import { useField } from './support/field.ts';
import { NO_MACHINE } from './support/machine.ts';
import { assertAllMoved, assertOneRecord } from './support/proof.ts';
import { within } from './support/within.ts';

const COUNT = 8_000;
const SHARDS = 8;
const OUTAGE_MS = 5_000;
const LONGEST_MS = 10 * 60_000;

const NO_PARALLEL =
  NO_MACHINE ||
  (spawnSync('parallel', ['--version']).status !== 0 && 'needs GNU parallel: apt-get install parallel');

const program = useProgram();

test(`${COUNT} files are moved by GNU parallel, although a shard is killed and the endpoint goes away`, {
  skip: NO_PARALLEL,
}, async (t) => {
  const field = await useField(t, { bin: program.bin, count: COUNT });
  const planned = await field.plan('parallel', SHARDS);
  const began = performance.now();
  const say = (what: string) => t.diagnostic(`${Math.round((performance.now() - began) / 1_000)} s: ${what}`);
  const machine = field.machine('here', ['bash', '-c', 'bash "$0" 4 > parallel.log 2>&1', planned.script]);
  const move = { ...planned, field, machines: [machine], some: COUNT / SHARDS / 10, say };
  const failures = Promise.all([killProgram(move, 1), loseEndpoint(move, COUNT / 4, OUTAGE_MS)]);
  const end = Promise.race([failures, machine.ended]).then(() => machine.ended);
  const code = await within(LONGEST_MS, 'parallel has ended', end);
  say(`parallel and finish have ended with ${code}`);
  await within(60_000, 'all failures have happened', failures);

  const log = field.read('parallel.log');
  assert.equal(code, 0, log);
  assert.match(log, / Killed /);
  assert.match(log, /the endpoint is back/);
  t.diagnostic(log);
  await assertAllMoved(field, COUNT);
  await assertOneRecord(field, planned.plan.id, COUNT);
});
