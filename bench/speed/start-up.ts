import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { dataSet } from './data-set.ts';
import { against } from './goals.ts';
import { bareEnvironment, measure } from './measure.ts';
import { type Pinning, pinned } from './pinning.ts';
import { type Sink, startSink } from './sink-process.ts';
import { type Spread, spreadOf, spreadText } from './spread.ts';

const GOAL_MS = 200;
const LOOK_EVERY_MS = 3;
const LIMIT_MS = 20_000;
/** The unit of the times in /proc/PID/stat: USER_HZ is 100 on every Linux that Node.js runs on. */
const TICK_MS = 10;

export interface StartUp {
  /** CPU in ms of a Node.js that does nothing. */
  readonly node: Spread;
  /** CPU in ms of ours until its first request has arrived. */
  readonly ours: Spread;
}

/**
 * What ours costs before its first request, over a folder of one file. The sink leaves that request without an answer,
 * and while ours waits, the kernel is asked what it has used.
 */
export async function measureStartUp(
  client: Client,
  runs: number,
  root: string,
  pinning: Pinning,
): Promise<StartUp> {
  const home = join(root, 'start-up');
  const source = join(home, 'source');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'file'), 'content');
  const sink = await startSink({ latencyMs: 0, isTls: false, cores: pinning.sink, home });
  try {
    const place = { ...sink, folder: source, home, set: dataSet('small', 1), nodeFlags: [] };
    const { file, args, env } = client.command(place);
    const commandLine = pinned(pinning.client, [file, ...args]);
    const [node, ours]: [number[], number[]] = [[], []];
    // The first fills Node's compile cache.
    for (let round = 0; round <= runs; round += 1) {
      const idle = await measure({ file: process.execPath, args: ['--eval', '0'] }, pinning.client, home);
      const used = await untilRequest(sink, commandLine, { ...bareEnvironment(), ...env }, home);
      if (round === 0) continue;
      node.push((idle.userSeconds + idle.systemSeconds) * 1000);
      ours.push(used);
    }
    return { node: spreadOf(node), ours: spreadOf(ours) };
  } finally {
    await sink.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** @returns ms of CPU. @throws Error when no request comes */
async function untilRequest(
  sink: Sink,
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<number> {
  await sink.reset('hold');
  const child = spawn(file, args, { cwd, env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    for (const start = Date.now(); Date.now() - start < LIMIT_MS; await sleep(LOOK_EVERY_MS)) {
      if ((await sink.stats()).isHolding) return cpuOf(child.pid ?? 0);
    }
    throw new Error('ours sent no request');
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** User and system time in ms of a process, with its threads, also those that have ended. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // utime and stime, fields 14 and 15; the name, field 2, may hold anything.
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) * TICK_MS;
}

export function startUpText({ node, ours }: StartUp): string {
  return [
    '### Start-up',
    `CPU until the first request of a run with a configuration file: ${spreadText(ours, 0)} ms; ` +
      `${against(ours.median, GOAL_MS, 0)}. A Node.js that does nothing: ${spreadText(node, 0)} ms.`,
  ].join('\n\n');
}
