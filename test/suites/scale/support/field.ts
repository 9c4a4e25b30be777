import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Plan } from '../../../../src/plans/plan.ts';
import { bucketClient, bytesOf } from '../../../support/bucket.ts';
import { serverEnvironment } from '../../../support/cli-context.ts';
import { Endpoint } from './endpoint.ts';
import { freePorts } from './free-ports.ts';
import { Machine, type MachineOptions } from './machine.ts';
import { writeMadeFiles } from './made-files.ts';
import { SentFiles } from './shards.ts';

export const PREFIX = 'moved/';
/** Machines have a /tmp of their own; all of them see this folder. */
const SHARED = '/var/lib';
/** Files that have rested for a minute are deleted without a call that forces them to the disk. */
const REST_MS = 61_000;

/** What a program has printed, and how it ended. */
export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A plan, and the script that its command has printed. */
export interface Planned {
  readonly plan: Plan;
  /** Path of the script. */
  readonly script: string;
  readonly sent: SentFiles;
}

/** A folder that all machines share, with files to move, the program, and an endpoint. */
export class Field {
  readonly folder: string;
  readonly source: string;
  readonly endpoint: Endpoint;
  readonly client: S3Client;
  readonly env: NodeJS.ProcessEnv;
  readonly #madeAt = Date.now();
  readonly #machines: Machine[] = [];

  constructor(folder: string, endpoint: Endpoint) {
    this.folder = folder;
    this.source = join(folder, 'source');
    this.endpoint = endpoint;
    this.client = bucketClient(endpoint.server);
    const PATH = `${join(folder, 'bin')}:${process.env.PATH}`;
    this.env = { PATH, HOME: folder, ...serverEnvironment(endpoint.server) };
  }

  /** Starts a machine, which is ended with the field. */
  machine(name: string, words: readonly string[], options: Partial<MachineOptions> = {}): Machine {
    const env = { ...this.env, ...options.env };
    const machine = new Machine(name, words, { cwd: this.folder, ...options, env });
    this.#machines.push(machine);
    return machine;
  }

  /** Runs the program on a machine of its own. */
  async program(name: string, words: readonly string[]): Promise<Answer> {
    const machine = this.machine(name, ['s3-backup', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = [machine.child.stdout, machine.child.stderr].map(async (stream) => {
      let text = '';
      stream?.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      if (stream) await once(stream, 'close');
      return text;
    });
    const code = await machine.ended;
    const [stdout = '', stderr = ''] = await Promise.all(texts);
    return { code, stdout, stderr };
  }

  /** Makes a plan, and the script for an engine. */
  async plan(engine: 'slurm' | 'parallel', shards: number): Promise<Planned> {
    const words = ['plan', '--config', 'config.json', '--shards', String(shards), '--print', engine];
    const { code, stdout, stderr } = await this.program('login', words);
    assert.equal(code, 0, stderr);
    const id = /^Plan (\S+):/m.exec(stderr)?.[1];
    const text = await bytesOf(this.client, `${PREFIX}.s3-backup/plans/${id}/plan.json`);
    const plan = JSON.parse(String(text)) as Plan;
    const script = join(this.folder, 'plan.sh');
    writeFileSync(script, stdout);
    return { plan, script, sent: new SentFiles(this.endpoint, PREFIX, plan.ranges) };
  }

  /** Waits until the files have rested. */
  async rest(): Promise<void> {
    await sleep(Math.max(0, this.#madeAt + REST_MS - Date.now()));
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Ends all machines and the endpoint, and removes everything. */
  async end(): Promise<void> {
    await Promise.all(this.#machines.map((machine) => machine.end()));
    this.client.destroy();
    await this.endpoint.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Makes a field with so many files, which ends with the test. @param bin Path of the program. */
export async function useField(
  t: TestContext,
  { bin, count }: { readonly bin: string; readonly count: number },
): Promise<Field> {
  const folder = mkdtempSync(join(SHARED, 's3-backup-scale-'));
  const [port = 0] = await freePorts(1);
  const endpoint = new Endpoint(join(folder, 'store'), port);
  await endpoint.open();
  const field = new Field(folder, endpoint);
  t.after(() => field.end());
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(dirname(bin), '..', part), join(folder, 'program', part), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  symlinkSync('../program/bin/s3-backup.js', join(folder, 'bin/s3-backup'));
  const settings = {
    backup: { source_directory: 'source', delete_after_upload: true },
    s3: { prefix: PREFIX },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(settings), { mode: 0o600 });
  writeMadeFiles(field.source, count);
  return field;
}
