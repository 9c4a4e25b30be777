import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Report } from '../../src/index.ts';
import { contentOf, type Findings, lookAtBucket, lookAtDisk, rawPath } from './findings.ts';
import { type KillField, runAndKill, startProgram } from './kill-program.ts';
import { Ledger } from './ledger.ts';
import { Random } from './random.ts';
import { untruths } from './report-truth.ts';
import { MIB, moveTo } from './run.ts';
import { TEST_BUCKET } from './s3-server.ts';
import { addFiles } from './tree.ts';

/** How far a run had come when it was ended. */
export type Phase = 'before' | 'uploading' | 'claimed' | 'deleting' | 'done';

/**
 * Starts the real program on a small tree of its own, ends it with a signal at a random moment, looks at what is left,
 * runs again undisturbed, and looks once more.
 *
 * @param seed Decides about everything but the machine's speed.
 */
export async function killRun(field: KillField, signal: NodeJS.Signals, seed: number): Promise<Phase> {
  const random = new Random(seed);
  const root = mkdtempSync(join(realpathSync(tmpdir()), 's3-backup-kill-'));
  const prefix = `${signal}-${seed}/`;
  const source = join(root, 'source');
  // A run that is stopped in order finishes what is under way, so only a longer one has something left to leave.
  const slow = signal !== 'SIGKILL';
  const ledger = plant(source, prefix, random, slow ? random.between(12, 30) : random.between(3, 9));
  try {
    const twice = signal !== 'SIGKILL' && random.chance(0.1);
    const { graceful } = await runAndKill(field, { root, source, prefix, signal, random, twice });
    const found = await look(field, source, prefix);
    assert.deepEqual(ledger.losses(found, { claims: true }), []);
    const phase = phaseOf(found, ledger);
    if (graceful) assert.deepEqual(found.claimFolders, [], 'a run that ends in order leaves no claims');
    const report = join(root, 'report.json');
    if (existsSync(report)) {
      const told = JSON.parse(readFileSync(report, 'utf8')) as Report;
      assert.deepEqual(untruths(told, ledger, found), []);
    }
    // After SIGKILL nobody can abort what was begun: the parts stay until somebody (a lifecycle rule) removes them.
    const parts = await unfinished(field.client, prefix);
    if (graceful) assert.deepEqual(parts, [], 'a run that ends in order leaves no parts');
    for (const { Key, UploadId } of parts)
      await field.client.send(new AbortMultipartUploadCommand({ Bucket: TEST_BUCKET, Key, UploadId }));
    await cleanRun(field, { root, source, prefix, ledger, inProcess: seed % 10 !== 0 });
    return phase;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function plant(source: string, prefix: string, random: Random, count: number): Ledger {
  const ledger = new Ledger(prefix);
  const files: Record<string, Buffer> = {};
  for (let left = count; left > 0; left -= 1) {
    const name = `${['', 'a/', 'a/b/', 'c/'][random.between(0, 3)]}file-${left}`;
    files[name] = Buffer.alloc(random.between(0, 40_000), `${name} ${random.fraction()} `);
  }
  if (random.chance(0.15)) files['a/large'] = Buffer.alloc(6 * MIB, `large ${random.fraction()} `);
  mkdirSync(source, { recursive: true });
  addFiles(source, files);
  for (const [name, bytes] of Object.entries(files)) ledger.note(rawPath(name), contentOf(bytes));
  return ledger;
}

async function look({ client }: KillField, source: string, prefix: string): Promise<Findings> {
  return { ...lookAtDisk(source), objects: await lookAtBucket(client, prefix), outside: new Map() };
}

function phaseOf({ files, claimed, objects }: Findings, ledger: Ledger): Phase {
  if (objects.size === 0) return 'before';
  if (claimed.size > 0) return 'claimed';
  if (files.size === ledger.paths.length) return 'uploading';
  return files.size === 0 ? 'done' : 'deleting';
}

async function unfinished(client: S3Client, Prefix: string) {
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: TEST_BUCKET, Prefix }),
  );
  return Uploads;
}

interface Cleaning {
  readonly root: string;
  readonly source: string;
  readonly prefix: string;
  readonly ledger: Ledger;
  /** Most of these runs are made in this process, which is quicker; some by the real program. */
  readonly inProcess: boolean;
}

/** The run after it needs no human: everything is proved and gone, and there is no claim, no lock, no part. */
async function cleanRun(
  field: KillField,
  { root, source, prefix, ledger, inProcess }: Cleaning,
): Promise<void> {
  let report: Report;
  if (inProcess) report = await moveTo(field.server, source, { prefix, onChange: 'retry' });
  else {
    const random = new Random(0);
    const child = startProgram(field, { root, source, prefix, random, signal: 'SIGKILL', twice: false });
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
    report = JSON.parse(readFileSync(join(root, 'report.json'), 'utf8')) as Report;
  }
  const found = await look(field, source, prefix);
  assert.deepEqual(ledger.losses(found), []);
  // Files that the first run deleted are not there to be mentioned.
  const rest = new Ledger(prefix);
  for (const { path } of report.files)
    for (const content of ledger.versionsOf(rawPath(path))) rest.note(rawPath(path), content);
  assert.deepEqual(untruths(report, rest, found), []);
  assert.equal(report.exit_code, 0);
  assert.deepEqual([...found.files.keys(), ...found.claimFolders], []);
  assert.deepEqual(await unfinished(field.client, prefix), []);
}
