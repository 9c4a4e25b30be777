/** An endpoint that is away as a whole: the run waits for it, asks little, and ends once when it stays away. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reportOfEvents } from '../../../src/index.ts';
import { startS3Server } from '../../../src/s3-server/index.ts';
import { eventsOf, wholeEventsIn } from '../../support/events.ts';
import type { NetworkFaults } from '../../support/faulty-proxy.ts';
import { useProgram } from '../../support/program.ts';
import { filesIn } from '../../support/tree.ts';
import {
  assertMoved,
  type Field,
  filesOf,
  type MoveOptions,
  type Moving,
  startMove,
  useField,
} from './support/move.ts';

const program = useProgram();
const COUNT = 200;
const MANY = filesOf(Array.from({ length: COUNT }, (_, at) => 2_000 + 100 * at));
const TRANSPORTS = ['auto', 'sdk'] as const;
/** So slow that a run is still at work when something happens to it. */
const SLOW: NetworkFaults = { bytesPerSecond: 400_000 };

interface Outage extends Field {
  readonly moving: Moving;
}

/** A run that has moved some of its files. */
async function underWay(t: TestContext, options: MoveOptions = {}, faults = SLOW): Promise<Outage> {
  const field = await useField(t, MANY, faults);
  const moving = startMove(t, program.bin, field, options);
  const { requests } = field.place.server;
  while (requests.of('PutObject').length < 40) {
    assert.equal(moving.child.exitCode, null, moving.output.stderr);
    await sleep(10);
  }
  return { ...field, moving };
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(new RegExp(pattern, 'g'))].length;
}

function assertToldOnce({ moving }: Outage): void {
  const { stderr } = moving.output;
  assert.deepEqual(
    [count(stderr, /the endpoint is away/), count(stderr, /the endpoint is back/)],
    [1, 1],
    stderr,
  );
}

describe('an endpoint that is away', { concurrency: true }, () => {
  for (const transport of TRANSPORTS) {
    it(`is waited for longer than a request's tries last, and asked now and then (${transport})`, async (t) => {
      const argv = ['--events', 'events.ndjson'];
      const outage = await underWay(t, { transfer: { transport, concurrency: 16 }, argv });
      const { proxy, moving, place } = outage;
      proxy.cut();
      await moving.seen(/the endpoint is away/);
      // What was under way fails at about the same time, or after the pause before its next try.
      await sleep(5_000);
      const before = proxy.connections;
      await sleep(10_000);
      const probes = proxy.connections - before;
      assert.ok(probes >= 1 && probes <= 8, String(probes));
      proxy.restore();
      const { writes } = await assertMoved(moving, outage);
      assert.ok(writes < 1.5 * COUNT, String(writes));
      assertToldOnce(outage);
      const events = wholeEventsIn(readFileSync(join(place.root, 'events.ndjson'), 'utf8'));
      assert.deepEqual(reportOfEvents(events), moving.report());
      const told = events.filter(({ event }) => event.startsWith('outage')).map(({ event }) => event);
      assert.deepEqual(told, ['outage_begins', 'outage_ends']);
      const [end] = eventsOf(events, 'outage_ends');
      assert.ok(Number(end?.seconds) > 10, JSON.stringify(end));
      assert.ok(eventsOf(events, 'progress').some(({ away }) => away));
    });

    it(`for longer than --max-outage ends the run once, and no file is touched any more (${transport})`, async (t) => {
      const argv = ['--max-outage', '4s'];
      const outage = await underWay(t, { transfer: { transport }, argv });
      const { proxy, place, moving } = outage;
      await proxy.close();
      const { code, stderr } = await moving.ended;
      assert.equal(code, 1, stderr);
      const report = moving.report();
      assert.equal(report.error?.code, 'ENDPOINT_LOST');
      assert.equal(report.deleted_files + filesIn(place.source).size, COUNT);
      assert.equal(report.counts.failed, report.total_files - report.deleted_files);
      await place.judge(report);
    });

    it(`because its name is not found is waited for (${transport})`, async (t) => {
      const field = await useField(t, MANY, SLOW);
      const flag = join(field.place.root, 'dns-fails');
      const preload = new URL('../../support/preload/failing-dns.mjs', import.meta.url).href;
      const env = { NODE_OPTIONS: `--import ${preload}`, DNS_FAILS_WHILE: flag };
      const endpoint = `http://store.test:${field.proxy.port}`;
      const moving = startMove(t, program.bin, field, { transfer: { transport }, endpoint, env });
      while (field.place.server.requests.of('PutObject').length < 40) await sleep(10);
      writeFileSync(flag, '');
      // A name matters for new connections only.
      field.proxy.cut();
      field.proxy.restore();
      await moving.seen(/the endpoint is away/);
      await sleep(8_000);
      const asked = readFileSync(flag, 'utf8').length;
      rmSync(flag);
      await assertMoved(moving, field);
      assert.ok(asked < 60, String(asked));
      assertToldOnce({ ...field, moving });
    });
  }

  it('because it restarts is waited for', async (t) => {
    const outage = await underWay(t, { transfer: { concurrency: 16 } });
    const { server } = outage.place;
    await server.close();
    await outage.moving.seen(/the endpoint is away/);
    const { directory, port, accessKeyId, secretAccessKey } = server;
    const again = await startS3Server({ directory, port, accessKeyId, secretAccessKey });
    t.after(() => again.close());
    await assertMoved(outage.moving, outage);
    assertToldOnce(outage);
  });

  it('is waited for by every process of a run, and told of once', async (t) => {
    const outage = await underWay(t, { transfer: { processes: 2 } });
    const { proxy, moving } = outage;
    await proxy.close();
    await moving.seen(/the endpoint is away/);
    await sleep(6_000);
    await proxy.open();
    await assertMoved(moving, outage);
    assertToldOnce(outage);
  });

  it('ends the run once when it stays away from every process', async (t) => {
    const outage = await underWay(t, { transfer: { processes: 2 }, argv: ['--max-outage', '3s'] });
    await outage.proxy.close();
    const { code, stderr } = await outage.moving.ended;
    assert.equal(code, 1, stderr);
    const report = outage.moving.report();
    assert.equal(report.error?.code, 'ENDPOINT_LOST');
    await outage.place.judge(report);
  });

  it('that answers 503 to everything for a while is waited for without a storm', async (t) => {
    const outage = await underWay(t, { transfer: { concurrency: 16 } });
    const { place, moving } = outage;
    const times = Number.POSITIVE_INFINITY;
    const fault = place.server.faults.plan({
      operation: '*',
      times,
      do: { kind: 'error', status: 503, code: 'ServiceUnavailable' },
    });
    await moving.seen(/the endpoint is away/);
    await sleep(6_000);
    fault.cancel();
    await assertMoved(moving, outage);
    assert.ok(fault.fired < 60, String(fault.fired));
  });

  it('does not keep a run that is stopped', async (t) => {
    const { proxy, moving, place } = await underWay(t);
    await proxy.close();
    await moving.seen(/the endpoint is away/);
    moving.child.kill('SIGINT');
    const { code } = await moving.ended;
    assert.equal(code, 130);
    await place.judge(moving.report());
  });

  it('is an error of every file at once with --max-outage 0', async (t) => {
    const { proxy, moving, place } = await underWay(t, { argv: ['--max-outage', '0'] });
    await proxy.close();
    const { code } = await moving.ended;
    assert.equal(code, 2);
    assert.doesNotMatch(moving.output.stderr, /the endpoint is away/);
    await place.judge(moving.report());
  });

  it('at the start is an error at once', async (t) => {
    const field = await useField(t, MANY);
    await field.proxy.close();
    const started = performance.now();
    const { code, stderr } = await startMove(t, program.bin, field).ended;
    assert.deepEqual([code, filesIn(field.place.source).size], [1, COUNT]);
    assert.match(stderr, /ENDPOINT_UNREACHABLE/);
    assert.doesNotMatch(stderr, /the endpoint is away/);
    // An outage is waited for three times as long.
    assert.ok(performance.now() - started < 300_000);
  });

  it("from one file alone is that file's failure, soon", async (t) => {
    const field = await useField(t, { ...MANY, 'bad.bin': Buffer.alloc(3_000_000) });
    const times = Number.POSITIVE_INFINITY;
    field.place.fault('PutObject', { kind: 'reset', afterBytes: 100 }, { key: 'moved/bad.bin', times });
    const moving = startMove(t, program.bin, field);
    const { code, stderr } = await moving.ended;
    assert.equal(code, 2, stderr);
    const report = moving.report();
    assert.equal(report.counts.failed, 1);
    assert.doesNotMatch(stderr, /the endpoint is away/);
    await field.place.judge(report);
  });
});
