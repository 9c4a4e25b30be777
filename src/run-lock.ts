import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError, systemCode } from './errors.ts';

/** What a run tells another that finds it at work. */
export interface LockHolder {
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly source: string;
  readonly target: string;
}

export interface LockOptions {
  /** What nobody else may work on meanwhile: the real source folder, the bucket and prefix. */
  readonly resources: readonly string[];
  readonly holder: LockHolder;
  /** How long to wait for another run's end, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** A bucket and prefix as a resource, and for people. */
export function destinationName(options: {
  readonly endpointUrl?: string | undefined;
  readonly bucket: string;
  readonly prefix: string;
}): string {
  const { endpointUrl = 'AWS S3', bucket, prefix } = options;
  return `${endpointUrl} s3://${bucket}/${prefix}`;
}

const POLL_MS = 250;
const ANSWER_MS = 1_000;

/**
 * Takes a lock on each resource, for this machine. A lock is a listening local socket: the kernel takes it away with
 * the process, however that ends, so none is ever stale; and whoever finds it taken can ask it by whom.
 * Linux: an abstract socket (one network namespace). Windows: a named pipe. Elsewhere: a socket in the folder for
 * temporary files, where one that nobody answers is removed.
 *
 * @returns what releases the locks
 * @throws BackupError `LOCKED`, naming the other run
 */
export async function takeLocks(options: LockOptions): Promise<() => void> {
  const { resources, holder, waitSeconds = 0, signal } = options;
  const deadline = Date.now() + waitSeconds * 1000;
  const taken: Server[] = [];
  const release = () => {
    for (const server of taken) server.close();
  };
  // In one order for everybody, so that two runs cannot wait for each other.
  for (const resource of [...resources].sort()) {
    for (let server: Server | undefined; server === undefined; ) {
      server = await listen(addressOf(resource), holder);
      if (server) taken.push(server);
      else if (Date.now() >= deadline || signal?.aborted) {
        release();
        throw await lockedError(resource);
      } else await sleep(POLL_MS);
    }
  }
  return release;
}

function addressOf(resource: string): string {
  const name = `s3-backup-${createHash('sha256').update(resource).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** @returns undefined when somebody else listens there */
async function listen(address: string, holder: LockHolder): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(JSON.stringify(holder));
  });
  server.unref();
  const failure = await new Promise<unknown>((resolve) => {
    server.once('error', resolve);
    server.listen(address, () => resolve(undefined));
  });
  if (failure === undefined) return server;
  if (systemCode(failure) !== 'EADDRINUSE') throw failure;
  if (address.endsWith('.sock') && (await ask(address)) === 'nobody') unlinkSync(address);
  return undefined;
}

/** What the holder of a lock says of itself; `nobody` when nothing listens, undefined when it does not say. */
function ask(address: string): Promise<LockHolder | 'nobody' | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(address);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => resolve('nobody'));
    socket.on('close', () => resolve(holderFrom(text)));
  });
}

function holderFrom(text: string): LockHolder | undefined {
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    return undefined;
  }
}

async function lockedError(resource: string): Promise<BackupError> {
  const holder = await ask(addressOf(resource));
  const who =
    holder === undefined || holder === 'nobody'
      ? 'another process'
      : `process ${holder.pid} since ${holder.since} (${holder.source} to ${holder.target})`;
  return new BackupError('LOCKED', `Another run is at work on ${resource}: ${who}.`, {
    hint: 'Let it finish; --wait DURATION waits for it.',
  });
}
