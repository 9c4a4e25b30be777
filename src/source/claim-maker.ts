import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../core/errors.ts';
import type { ShardId } from '../core/shard.ts';
import { type ClaimMaker, claimFolderName } from './claim-name.ts';
import { processState } from './process-state.ts';

/**
 * Whether the process that made a claim can still act on it. `elsewhere`: it belongs to another machine or container, or to an
 * earlier boot of this one. `unknown`: there is a process of its number here, and the system does not tell it from a later one.
 */
export type MakerState = 'this program' | 'living' | 'dead' | 'elsewhere' | 'unknown';

/** The maker of this process's claims, as their names describe it. */
export function ownMaker(): ClaimMaker {
  processState.maker ??= {
    place: createHash('sha256').update(placeText()).digest('hex').slice(0, 12),
    pid: process.pid,
    start: startOf(process.pid)?.ticks ?? 0,
    instance: randomBytes(4).toString('hex'),
  };
  return processState.maker;
}

/** Makes a name for a claim folder of this process. @param shard Shard whose work the run does; undefined for none. */
export function newClaimName(shard: ShardId | undefined): string {
  return claimFolderName(ownMaker(), randomBytes(8).toString('hex'), shard);
}

export function stateOfMaker(maker: ClaimMaker): MakerState {
  const { place, pid, start, instance } = ownMaker();
  if (maker.place !== place) return 'elsewhere';
  if (maker.pid === pid && maker.start === start)
    return maker.instance === instance ? 'this program' : 'living';
  if (!exists(maker.pid)) return 'dead';
  const found = startOf(maker.pid);
  if (found === undefined) return 'unknown';
  return found.isZombie || found.ticks !== maker.start ? 'dead' : 'living';
}

/**
 * Identifies the machine and its boot. The boot's ID differs between machines too, except for clones of a machine that was
 * running.
 */
function placeText(): string {
  return [
    hostname(),
    readOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    readOrEmpty(() => readlinkSync('/proc/self/ns/pid')),
  ].join('\0');
}

function readOrEmpty(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** Whether a process exists. Asks the kernel, since /proc can be mounted so that it hides processes of other users. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/**
 * Reads the state and the start time of a process: fields 3 and 22 of /proc/PID/stat (proc(5)). Field 2, in parentheses, can
 * contain spaces and parentheses.
 */
function startOf(pid: number): { readonly ticks: number; readonly isZombie: boolean } | undefined {
  const text = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19] ?? Number.NaN);
  return Number.isNaN(ticks) ? undefined : { ticks, isZombie: fields[0] === 'Z' || fields[0] === 'X' };
}
