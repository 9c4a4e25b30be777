import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupError } from '../../../src/core/errors.ts';
import { LeaseObject } from '../../../src/lease/lease-object.ts';
import { takeLease } from '../../../src/lease/take-lease.ts';
import { Store } from '../../../src/s3/store.ts';
import type { S3Server } from '../../../src/s3-server/index.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { useSimpleStore } from '../../support/simple-store.ts';

const KEY = '.s3-backup/lease';
/** Times have whole seconds in the store, so a lease must not lapse in less than two. */
const TIMES = { lapseMs: 4_000, renewMs: 100, freshMs: 2_000, lookMs: 20 };

type Endpoint = Pick<S3Server, 'endpoint'> & Partial<Pick<S3Server, 'accessKeyId' | 'secretAccessKey'>>;

function storeAt(t: TestContext, server: Endpoint): Store {
  const { endpoint: endpointUrl, accessKeyId = 'any', secretAccessKey = 'any' } = server;
  const store = new Store({
    ...{ bucket: TEST_BUCKET, endpointUrl, region: 'us-east-1', maxAttempts: 2 },
    credentials: { accessKeyId, secretAccessKey },
  });
  t.after(() => store.close());
  return store;
}

interface Taking {
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal;
  readonly renewMs?: number;
  readonly host?: string;
}

function taker(t: TestContext, server: Endpoint) {
  const lost: BackupError[] = [];
  const take = async ({ waitSeconds, signal, renewMs = TIMES.renewMs, host = 'one' }: Taking = {}) => {
    const holder = { host, pid: 7, since: '2026-12-01T00:00:00.000Z' };
    const object = new LeaseObject(storeAt(t, server), KEY, holder);
    const times = { ...TIMES, renewMs };
    const lease = await takeLease({
      object,
      waitSeconds,
      signal,
      times,
      onLost: (error) => lost.push(error),
    });
    t.after(() => lease.release());
    return lease;
  };
  return { take, lost };
}

async function useLease(t: TestContext) {
  const server = await useS3Server(t);
  return { server, ...taker(t, server) };
}

const NEVER = 1_000_000;

function writesOf(server: S3Server) {
  return server.requests.of('PutObject').filter(({ key }) => key === KEY);
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(5);
}

describe('a lease', { concurrency: true }, () => {
  it('is taken if it is free, and deletions are allowed', async (t) => {
    const { take, lost } = await useLease(t);
    const lease = await take();
    await lease.ready();
    assert.equal(lease.isOpen(), true);
    assert.deepEqual(lost, []);
  });

  it('is taken by one of ten runs that ask at the same moment', async (t) => {
    const { take, lost } = await useLease(t);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => take({ host: `host ${n}` })),
    );
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    assert.deepEqual(reasons, Array(9).fill('LOCKED'));
    assert.deepEqual(lost, []);
  });

  it('names the run that holds it', async (t) => {
    const { take } = await useLease(t);
    await take({ host: 'first\u001b[31m' });
    await assert.rejects(take(), {
      code: 'LOCKED',
      message: `Another run holds the lease s3://${TEST_BUCKET}/${KEY}: process 7 on first?[31m since 2026-12-01T00:00:00.000Z.`,
    });
  });

  it('is renewed, each time on condition that nobody else has written it', async (t) => {
    const { take, server } = await useLease(t);
    await take();
    await until(() => writesOf(server).length >= 8);
    const conditions = writesOf(server).map(({ headers }) => headers['if-match'] ?? headers['if-none-match']);
    assert.deepEqual(conditions.slice(0, 2), ['*', '*']);
    assert.equal(conditions[2], conditions[3], 'the condition is tried');
    assert.equal(new Set(conditions.slice(3)).size, conditions.length - 3);
  });

  it('can be taken at once after it was released', async (t) => {
    const { take } = await useLease(t);
    const lease = await take({ renewMs: NEVER });
    await lease.release();
    const began = performance.now();
    await take();
    assert.ok(performance.now() - began < TIMES.lapseMs);
  });

  it('of a run that has crashed is taken when it has lapsed by the clock of the store', async (t) => {
    const { take, lost } = await useLease(t);
    const crashed = await take({ renewMs: NEVER });
    const began = performance.now();
    const next = await take();
    assert.ok(performance.now() - began > TIMES.freshMs, 'not before the first run had stopped to delete');
    assert.equal(next.isOpen(), true);
    assert.equal(crashed.isOpen(), false);
    assert.deepEqual(
      lost.map(({ code }) => code),
      ['LEASE_LOST'],
    );
  });

  it('of a living run is waited for as long as the user wants', async (t) => {
    const { take } = await useLease(t);
    const first = await take();
    const waiting = take({ waitSeconds: 60 });
    await sleep(500);
    await first.release();
    assert.equal((await waiting).isOpen(), true);
  });

  it('is not waited for any longer when the run is stopped', async (t) => {
    const { take } = await useLease(t);
    await take();
    const stop = new AbortController();
    const waiting = take({ waitSeconds: 3_600, signal: stop.signal });
    setTimeout(() => stop.abort(), 200);
    await assert.rejects(waiting, { code: 'LOCKED' });
  });

  it('that another run has taken allows no deletion any more', async (t) => {
    const { take, lost, server } = await useLease(t);
    const lease = await take();
    await steal(t, server);
    await until(() => lost.length > 0);
    assert.equal(lease.isOpen(), false);
    await assert.rejects(lease.ready(), { code: 'LEASE_LOST', message: /another run has taken it/ });
    assert.equal(lost.length, 1);
  });

  it('that was deleted in the bucket allows no deletion any more', async (t) => {
    const { take, lost, server } = await useLease(t);
    await take();
    await storeAt(t, server).remove({ key: KEY });
    await until(() => lost.length > 0);
    assert.equal(lost[0]?.code, 'LEASE_LOST');
  });

  it('is renewed before deletions go on after a long pause', async (t) => {
    const { take, lost, server } = await useLease(t);
    const lease = await take({ renewMs: NEVER });
    const before = writesOf(server).length;
    await sleep(TIMES.freshMs + 50);
    await lease.ready();
    assert.equal(lease.isOpen(), true);
    assert.equal(writesOf(server).length, before + 1);
    assert.deepEqual(lost, []);
  });

  it('allows no deletion in the middle of a batch after a long pause, and never again', async (t) => {
    const { take, lost } = await useLease(t);
    const lease = await take({ renewMs: NEVER });
    await sleep(TIMES.freshMs + 50);
    assert.equal(lease.isOpen(), false);
    assert.equal(lease.isOpen(), false);
    await assert.rejects(lease.ready(), { code: 'LEASE_LOST' });
    assert.equal(lost.length, 1);
  });

  it('survives a renewal whose answer is lost', async (t) => {
    const { take, lost, server } = await useLease(t);
    await take();
    const before = writesOf(server).length;
    server.faults.plan({ operation: 'PutObject', key: /lease$/, do: { kind: 'lost-answer' } });
    await until(() => writesOf(server).length > before + 6);
    assert.deepEqual(lost, []);
  });

  it('survives renewals that fail for a while', async (t) => {
    const { take, lost, server } = await useLease(t);
    const lease = await take();
    server.faults.plan({
      operation: 'PutObject',
      key: /lease$/,
      times: 4,
      do: { kind: 'error', status: 500, code: 'InternalError' },
    });
    const before = writesOf(server).length;
    await until(() => writesOf(server).length > before + 8);
    await lease.ready();
    assert.deepEqual(lost, []);
  });
});

describe('a store', () => {
  for (const ignoresConditions of [true, false]) {
    const what = ignoresConditions ? 'no conditions' : 'If-None-Match but not If-Match';
    it(`that heeds ${what} holds no lease`, async (t) => {
      const store = await useSimpleStore(t, { ignoresConditions });
      const { take } = taker(t, { endpoint: store.url });
      await assert.rejects(take(), {
        code: 'LEASE_UNSUPPORTED',
        message: /it overwrites an object although the condition of the write does not hold/,
      });
    });
  }

  it('that refuses every If-Match, as Ceph 16 does, holds no lease', async (t) => {
    const { take, server } = await useLease(t);
    const refused = { kind: 'error', status: 412, code: 'PreconditionFailed' } as const;
    server.faults.plan({ operation: 'PutObject', skip: 1, times: 9, do: refused });
    await assert.rejects(take(), {
      code: 'LEASE_UNSUPPORTED',
      message: /refuses a write whose condition holds/,
    });
  });

  it('that refuses to write a lapsed lease holds none, and a signal ends the waiting for one', async (t) => {
    const { take, server } = await useLease(t);
    await take({ renewMs: NEVER });
    const refused = { kind: 'error', status: 412, code: 'PreconditionFailed' } as const;
    server.faults.plan({ operation: 'PutObject', times: 9, do: refused });
    await assert.rejects(take(), {
      code: 'LEASE_UNSUPPORTED',
      message: /refuses a write whose condition holds/,
    });
    await assert.rejects(take({ signal: AbortSignal.abort() }), { code: 'LOCKED' });
  });

  it('that refuses conditions holds no lease, and nothing is written without them', async (t) => {
    const { take, server } = await useLease(t);
    server.faults.plan({
      operation: 'PutObject',
      times: 9,
      do: { kind: 'error', status: 501, code: 'NotImplemented' },
    });
    await assert.rejects(take(), { code: 'LEASE_UNSUPPORTED', message: /refuses conditions/ });
    assert.equal(writesOf(server).filter(({ headers }) => headers['if-none-match'] !== '*').length, 0);
  });
});

async function steal(t: TestContext, server: S3Server): Promise<void> {
  const store = storeAt(t, server);
  const { etag } = await store.head({ key: KEY });
  // The holder may be faster than this write.
  await store.writeIf(KEY, Buffer.from('another run'), { ifMatch: etag }).catch(() => steal(t, server));
}
