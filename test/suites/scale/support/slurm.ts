/** A Slurm of the test's own: one controller, and nodes that are machines of their own. It needs no systemd, munge or cgroups. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Field } from './field.ts';
import { freePorts } from './free-ports.ts';
import { type Machine, NO_MACHINE } from './machine.ts';

const PROGRAMS = ['slurmctld', 'slurmd', 'sbatch', 'squeue', 'sinfo', 'scontrol'];
const missing = PROGRAMS.filter((program) => spawnSync(program, ['-V']).error !== undefined);

/** Why there can be no Slurm here, or false. */
export const NO_SLURM =
  NO_MACHINE || (missing.length > 0 && `needs ${missing.join(', ')}: apt-get install slurm-wlm`);

const LONGEST_START_MS = 60_000;

/** A task of a job as Slurm knows it. */
export interface Task {
  readonly index: number;
  readonly state: string;
  readonly restarts: number;
  /** Exit code and signal: `0:0`. */
  readonly exitCode: string;
}

/** A Slurm that runs. */
export class Slurm {
  readonly nodes: readonly Machine[];
  /** Variables by which a program finds this Slurm. */
  readonly env: NodeJS.ProcessEnv;

  constructor(nodes: readonly Machine[], env: NodeJS.ProcessEnv) {
    this.nodes = nodes;
    this.env = env;
  }

  /** Runs one of Slurm's programs. @returns what it prints */
  async ask(program: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program, words, { env: this.env });
    return stdout.trim();
  }

  /** The states of the nodes, by their names: `idle`, `allocated`, `down*`. */
  async states(): Promise<Map<string, string>> {
    const text = await this.ask('sinfo', '-h', '-N', '-o', '%N %T');
    return new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
  }

  /** The tasks of an array, ended ones too. */
  async tasks(job: string): Promise<Task[]> {
    const text = await this.ask('scontrol', '--oneliner', 'show', 'job', job);
    return text.split('\n').map((line) => {
      const field = (name: string) => new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(line)?.[1] ?? '';
      return {
        index: Number(field('ArrayTaskId') || 0),
        state: field('JobState'),
        restarts: Number(field('Restarts')),
        exitCode: field('ExitCode'),
      };
    });
  }

  /** Waits until no job is left. The controller may be too busy to answer. */
  async empty(): Promise<void> {
    while ((await this.ask('squeue', '-h').catch(() => 'busy')) !== '') await sleep(500);
  }
}

/** Starts a Slurm, which ends with the field. A node is down when it has not answered for 10 s. */
export async function startSlurm(field: Field, names: readonly string[]): Promise<Slurm> {
  const folder = join(field.folder, 'slurm');
  const ports = await freePorts(1 + names.length);
  const file = join(folder, 'slurm.conf');
  for (const name of ['state', ...names]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(file, configurationOf(folder, names, ports));
  const env = { ...field.env, SLURM_CONF: file };
  field.machine('head', ['slurmctld', '-D'], { env });
  // A node that registers before the controller listens tries again much later.
  await until('the controller of Slurm listens', () => answers(ports[0] ?? 0));
  const nodes = names.map((name) => field.machine(name, ['slurmd', '-D', '-N', name], { env }));
  const slurm = new Slurm(nodes, env);
  await until('all nodes of Slurm are idle', async () => {
    const states = [...(await slurm.states().catch(() => new Map())).values()];
    return states.length === names.length && states.every((state) => state === 'idle');
  });
  return slurm;
}

function configurationOf(folder: string, names: readonly string[], ports: readonly number[]): string {
  const [control, ...others] = ports;
  const nodes = names.map(
    (name, n) => `NodeName=${name} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${others[n]} CPUs=1`,
  );
  return `${[
    'ClusterName=test',
    'SlurmctldHost=localhost(127.0.0.1)',
    `SlurmctldPort=${control}`,
    'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
    'AuthType=auth/none',
    'CredType=cred/none',
    // A requeued job waits for this long and a second more: 121 s by default.
    'AuthInfo=cred_expire=10',
    'SlurmUser=root',
    'SlurmdUser=root',
    `StateSaveLocation=${folder}/state`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmctldLogFile=${folder}/slurmctld.log`,
    `SlurmdPidFile=${folder}/%n/slurmd.pid`,
    `SlurmdLogFile=${folder}/%n/slurmd.log`,
    `SlurmdSpoolDir=${folder}/%n`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'AccountingStorageType=accounting_storage/none',
    'JobAcctGatherType=jobacct_gather/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core',
    // One processor a node, whatever this machine has.
    'SlurmdParameters=config_overrides',
    'SchedulerParameters=batch_sched_delay=0,sched_interval=2',
    'SlurmdTimeout=10',
    'KillWait=5',
    'ReturnToService=2',
    // Seconds for which the controller still knows a job that has ended.
    'MinJobAge=3600',
    ...nodes,
    'PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
  ].join('\n')}\n`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + LONGEST_START_MS; !(await condition()); await sleep(100))
    if (Date.now() > end) throw new Error(`not within ${LONGEST_START_MS / 1000} s: ${what}`);
}
