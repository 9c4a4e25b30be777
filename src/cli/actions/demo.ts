import { rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { runBackup } from '../../backup/backup.ts';
import type { BackupOptions } from '../../backup/options.ts';
import { BackupError, messageOf, systemCode } from '../../core/errors.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../files/temporary-folder.ts';
import { MemoryEntries } from '../../report/entries.ts';
import { Store } from '../../s3/store.ts';
import { startS3Server } from '../../s3-server/index.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../output/printable.ts';
import { Reasons, summaryText } from '../output/summary.ts';
import { makeSampleTree } from '../session/sample-tree.ts';
import { stopOnSignals } from '../session/stop-on-signals.ts';

const BUCKET = 'demo-bucket';
/** Most objects that are shown. */
const SHOWN = 20;

type Source = Pick<BackupOptions, 'source' | 'deleteAfterUpload'>;

/**
 * Backs a folder up to the built-in S3 endpoint and shows what arrived.
 *
 * @param folder Default: a sample folder.
 * @returns the exit code
 */
export async function demoAction(context: CliContext, folder: string | undefined): Promise<number> {
  const work = workFolder();
  const { signal, release } = stopOnSignals(context, { say: (text) => context.stderr.write(text) });
  try {
    const source = folder === undefined ? sampleSource(work) : ownSource(context, folder);
    return await backUp(context, source, { work, signal });
  } finally {
    release();
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Makes the folder that holds the sample and the endpoint's objects.
 *
 * @throws BackupError `BAD_OPTION` if no folder can be made, or if other users could replace it by another one
 */
function workFolder(): string {
  const { path, isExposed } = madeFolder();
  if (!isExposed) return path;
  rmdirSync(path);
  throw badPlace('Other users may rename folders in TMPDIR');
}

function madeFolder(): TemporaryFolder {
  try {
    return makeTemporaryFolder('demo');
  } catch (error) {
    throw badPlace(`A temporary folder cannot be created (${systemCode(error) ?? messageOf(error)})`);
  }
}

function badPlace(what: string): BackupError {
  return new BackupError('BAD_OPTION', `${what}: ${tmpdir()}`, {
    hint: 'Set TMPDIR to a folder that only you can write to.',
  });
}

/** Makes the sample folder. It is moved, to show a move. */
function sampleSource(work: string): Source {
  const source = join(work, 'sample');
  makeSampleTree(source);
  return { source, deleteAfterUpload: true };
}

/** The user's own folder, which is only copied. */
function ownSource({ cwd }: CliContext, folder: string): Source {
  return { source: resolve(cwd, folder), deleteAfterUpload: false };
}

async function backUp(
  { stdout }: CliContext,
  source: Source,
  { work, signal }: { work: string; signal: AbortSignal },
): Promise<number> {
  const server = await startS3Server({ directory: join(work, 'store'), buckets: [BUCKET] });
  const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  const target = { bucket: BUCKET, endpointUrl, credentials, proxies: {} };
  const store = new Store(target);
  try {
    stdout.write(`The built-in S3 endpoint listens on ${endpointUrl}\n`);
    const reasons = new Reasons();
    const options = { ...target, ...source, signal, onEntry: reasons.add.bind(reasons) };
    const summary = await runBackup(options, new MemoryEntries());
    stdout.write(`${summaryText(summary, reasons, true)}\nIn s3://${BUCKET}/ now:\n`);
    await showObjects(store, stdout);
    return summary.exit_code;
  } finally {
    store.close();
    await server.close();
  }
}

async function showObjects(store: Store, stdout: CliContext['stdout']): Promise<void> {
  let count = 0;
  for await (const { key, size, etag } of store.list('')) {
    count += 1;
    if (count <= SHOWN) stdout.write(`  ${prettyBytes(size ?? 0).padStart(9)}  ${etag}  ${printable(key)}\n`);
  }
  if (count > SHOWN) stdout.write(`  ... and ${count - SHOWN} more\n`);
}
