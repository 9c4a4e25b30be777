/**
 * A move over a real Slurm, while everything fails. Each of its nodes is a machine of its own to the program.
 *
 * `SCALE_TEST_FILES=200000` for more files, by default 50,000.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useProgram } from '../../support/program.ts';
import {
  finishEarly,
  freezeNode,
  killProgram,
  loseEndpoint,
  loseMachine,
  runTwice,
} from './support/failures.ts';
import { useField } from './support/field.ts';
import { assertAllMoved, assertOneRecord } from './support/proof.ts';
import { NO_SLURM, startSlurm } from './support/slurm.ts';
import { within } from './support/within.ts';

const COUNT = Number(process.env.SCALE_TEST_FILES ?? 50_000);
const SHARDS = 16;
const NODES = ['n0', 'n1', 'n2', 'n3'];
const OUTAGE_MS = 20_000;
const LONGEST_MS = 20 * 60_000;
/** Tasks that Slurm starts first, each on a node of its own. */
const [KILLED, LOST, FROZEN, TWICE] = [0, 1, 2, 3];

const program = useProgram();

test(`${COUNT} files are moved over Slurm, whatever fails meanwhile`, { skip: NO_SLURM }, async (t) => {
  const field = await useField(t, { bin: program.bin, count: COUNT });
  const slurm = await startSlurm(field, NODES);
  const planned = await field.plan('slurm', SHARDS);
  await field.rest();

  const began = performance.now();
  const say = (what: string) => t.diagnostic(`${Math.round((performance.now() - began) / 1_000)} s: ${what}`);
  const move = { ...planned, field, machines: slurm.nodes, some: Math.floor(COUNT / SHARDS / 10), say };
  const failures = Promise.all([
    killProgram(move, KILLED),
    loseMachine(move, LOST),
    freezeNode(move, FROZEN),
    runTwice(move, TWICE),
    // An early finish that finds no endpoint knows of no shards.
    finishEarly(move, COUNT / 8).finally(() => loseEndpoint(move, COUNT / 4, OUTAGE_MS)),
  ]);
  const submitted = await slurm.ask('bash', planned.script);
  const [, shards = '', finish = ''] = /^submitted: (\d+), then (\d+)$/.exec(submitted) ?? [];
  assert.ok(finish, submitted);
  const empty = slurm.empty();
  const end = Promise.race([failures, empty]).then(() => empty);
  await within(LONGEST_MS, 'no task is left', end);
  say('no task is left');
  const [, lost, frozen, second, early] = await within(60_000, 'all failures have happened', failures);

  const tasks = await slurm.tasks(shards);
  const logOf = (shard: number) => field.read(`s3-backup-${planned.plan.id}-${shard}.log`);
  for (const { index, state, restarts, exitCode } of tasks) {
    t.diagnostic(`shard ${index}: ${state} ${exitCode}, repeated ${restarts} times`);
    assert.equal(`${state} ${exitCode}`, 'COMPLETED 0:0', logOf(index));
  }
  assert.equal(tasks.length, SHARDS);
  for (const shard of [KILLED, LOST, FROZEN])
    assert.ok(
      tasks.some(({ index, restarts }) => index === shard && restarts > 0),
      `shard ${shard}`,
    );
  assert.match(logOf(KILLED), / Killed /);
  // It finds out by its clock or by the store, whichever it asks first.
  assert.match(logOf(FROZEN), /does not protect this run any more: .*\[LEASE_LOST\]/);
  assert.notEqual(lost.name, frozen.name);
  assert.ok([0, 75].includes(second.code ?? 1), second.stderr);
  assert.equal(early.code, 75, early.stderr);
  assert.match(early.stdout, /^[\d,-]+\n$/);
  const waits = tasks.filter(({ index }) => logOf(index).includes('the endpoint is back'));
  assert.ok(waits.length > 0);

  const log = field.read(`s3-backup-${planned.plan.id}-finish.log`);
  assert.equal((await slurm.tasks(finish))[0]?.exitCode, '0:0', log);
  t.diagnostic(log);
  await assertAllMoved(field, COUNT);
  await assertOneRecord(field, planned.plan.id, COUNT);
});
