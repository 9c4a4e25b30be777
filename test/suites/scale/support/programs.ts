import { basename } from 'node:path';
import { type Machine, variableOf, wordsOf } from './machine.ts';

/** A program that works on a shard. */
export interface ShardProgram {
  readonly machine: Machine;
  readonly pid: number;
}

/** Finds the program that works on a shard. @throws Error unless there is exactly one */
export function programOf(machines: readonly Machine[], shard: number): ShardProgram {
  const found = machines.flatMap((machine) =>
    machine.processes().flatMap((pid) => (isProgramOf(pid, shard) ? [{ machine, pid }] : [])),
  );
  const [program] = found;
  if (program === undefined || found.length > 1)
    throw new Error(`${found.length} programs work on shard ${shard}`);
  return program;
}

function isProgramOf(pid: number, shard: number): boolean {
  const [program = '', ...words] = wordsOf(pid);
  if (basename(program) !== 'node' || !words.includes('--plan')) return false;
  const flag = words.indexOf('--shard');
  const index = flag < 0 ? variableOf(pid, 'SLURM_ARRAY_TASK_ID') : words[flag + 1];
  return index === String(shard);
}

/** Whether a process is there, and has not ended. */
export function isRunning(pid: number): boolean {
  return wordsOf(pid).length > 0;
}
