/** What happens to a move on purpose. Each failure happens at a request of its shard, so that none hits nothing. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../../../src/plans/plan.ts';
import type { Answer, Field, Planned } from './field.ts';
import { type Machine, wordsOf } from './machine.ts';
import { isRunning, programOf } from './programs.ts';
import { stopWithClaims } from './stop-with-claims.ts';

/** A move that is under way. */
export interface Move extends Planned {
  readonly field: Field;
  /** The machines on which shards are at work. */
  readonly machines: readonly Machine[];
  /** Number of files that a shard has sent when something happens to it. */
  readonly some: number;
  /** Writes down what happened, with the time. */
  readonly say: (what: string) => void;
}

/** Kills the program of a shard with SIGKILL. */
export async function killProgram(move: Move, shard: number): Promise<void> {
  const { pid, claims } = await stopProgram(move, shard);
  process.kill(pid, 'SIGKILL');
  while (isRunning(pid)) await sleep(10);
  move.say(`the program of shard ${shard} was killed, with ${claims} files moved aside`);
}

/** Cuts the power of the machine that works on a shard. */
export async function loseMachine(move: Move, shard: number): Promise<Machine> {
  const { machine, claims } = await stopProgram(move, shard);
  machine.cutPower();
  assert.equal(await machine.ended, null);
  move.say(`${machine.name} was lost, with shard ${shard} and ${claims} files moved aside`);
  return machine;
}

/**
 * Stops all processes of the node of Slurm that works on a shard, until another node has taken the shard over. Then its programs
 * wake up before Slurm can end them, so that they must find out themselves.
 */
export async function freezeNode(move: Move, shard: number): Promise<Machine> {
  const { sent, say } = move;
  const { machine, pid, claims } = await stopProgram(move, shard);
  machine.signal('SIGSTOP');
  say(`${machine.name} was frozen, with shard ${shard} and ${claims} files moved aside`);
  await leaseIsTakenOver(move, shard);
  const before = sent.of(shard);
  await sent.when(
    () => sent.of(shard) > before,
    () => assert.ok(isRunning(pid)),
  );
  say(`shard ${shard} is taken over, and ${machine.name} wakes up`);
  machine.signal('SIGCONT', (each) => wordsOf(each)[0] !== 'slurmd');
  const isOfTask = (each: number) => isRunning(each) && !wordsOf(each)[0]?.startsWith('slurm');
  while (machine.processes().some(isOfTask)) await sleep(10);
  machine.signal('SIGCONT');
  return machine;
}

/** Waits until another program reads the lease of a shard and then writes it. What holds a lease only writes it. */
function leaseIsTakenOver({ field, plan }: Move, shard: number): Promise<void> {
  const key = leaseOf(plan, shard);
  let isRead = false;
  return new Promise((resolve) => {
    const unwatch = field.endpoint.watch((request) => {
      if (request.key !== key) return;
      if (request.operation === 'GetObject') isRead = true;
      if (request.operation !== 'PutObject' || !isRead) return;
      unwatch();
      resolve();
    });
  });
}

function leaseOf({ prefix, id }: Plan, shard: number): string {
  return `${prefix}.s3-backup/plans/${id}/shards/${String(shard).padStart(5, '0')}/lease`;
}

/** Stops the program of a shard when it has sent some files, with files moved aside if it can be caught with any. */
async function stopProgram({ plan, sent, some, machines }: Move, shard: number) {
  const program = await sent.when(
    () => sent.of(shard) >= some,
    () => programOf(machines, shard),
  );
  const most = plan.ranges[shard]?.files ?? 0;
  const claims = await stopWithClaims(program.pid, () => sent.of(shard) >= most - 2 * some);
  return { ...program, claims };
}

/** Starts a shard that is at work once more, on another machine. The first program stands still until the second one reads the lease. */
export async function runTwice(
  { field, plan, sent, some, machines, say }: Move,
  shard: number,
): Promise<Answer> {
  const words = ['run', '--config', 'config.json', '--plan', plan.id, '--shard', String(shard)];
  const lease = leaseOf(plan, shard);
  const second = await sent.when(
    () => sent.of(shard) >= some,
    () => {
      const { pid } = programOf(machines, shard);
      process.kill(pid, 'SIGSTOP');
      const unwatch = field.endpoint.watch(({ operation, key }) => {
        if (operation !== 'GetObject' || key !== lease) return;
        unwatch();
        process.kill(pid, 'SIGCONT');
        say(`shard ${shard} is at work twice`);
      });
      return field.program('second', words);
    },
  );
  say(`the second program of shard ${shard} has ended with ${second.code}`);
  return second;
}

/** Takes the endpoint away when so many files were sent in all. */
export async function loseEndpoint({ field, sent, say }: Move, files: number, ms: number): Promise<void> {
  await sent.when(
    () => sent.all >= files,
    () => undefined,
  );
  await field.endpoint.close();
  say(`the endpoint is away for ${ms / 1_000} s`);
  await sleep(ms);
  await field.endpoint.open();
  say('the endpoint is back');
}

/** Finishes the plan when so many files were sent in all. */
export async function finishEarly({ field, plan, sent, say }: Move, files: number): Promise<Answer> {
  await sent.when(
    () => sent.all >= files,
    () => undefined,
  );
  const answer = await field.program('early', ['finish', '--config', 'config.json', '--plan', plan.id]);
  say(
    `an early finish has ended with ${answer.code}, and says that shards ${answer.stdout.trim()} are missing`,
  );
  return answer;
}
