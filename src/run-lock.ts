import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError, systemCode } from './errors.ts';

/** What a run says of itself to one that finds it at work. */
export interface LockHolder {
  readonly pid: number;
  readonly since: string;
  readonly source: string;
  readonly target: string;
}

export interface RunLock {
  release(): Promise<void>;
}
