import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { resolveOptions } from '../../../src/backup/resolve-options.ts';
import { RunRecorder } from '../../../src/backup/run-recorder.ts';
import { Start } from '../../../src/core/start.ts';
import { RunControl } from '../../../src/flow/run-control.ts';
import { Store } from '../../../src/s3/store.ts';
import { bytesOf, keysIn, useBucketClient } from '../../support/bucket.ts';
import { optionsFor } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder } from '../../support/tree.ts';
import { entry } from '../report/entries.ts';

const MOST_LINES = 50_000;

async function useRecorder(t: TestContext) {
  const server = await useS3Server(t);
  const warnings: unknown[] = [];
  const logger = { debug: () => undefined, info: () => undefined, error: () => undefined };
  const warn = (fields: object) => void warnings.push(fields);
  const options = optionsFor(server, useFolder(t), { prefix: 'prefix', logger: { ...logger, warn } });
  const { bucket, endpointUrl, region, credentials } = options;
  const store = new Store({ bucket, endpointUrl, region, credentials });
  const control = new RunControl();
  const recorder = new RunRecorder();
  recorder.begin(resolveOptions(options), { start: new Start(), store, control });
  t.after(async () => {
    await recorder.end();
    store.close();
    control.close();
  });
  const client = useBucketClient(t, server);
  /** Numbers of lines of the segments, when there are so many. */
  const stored = async (count: number) => {
    let keys: string[] = [];
    while (keys.length < count) {
      keys = await keysIn(client);
      await sleep(10);
    }
    const lines = keys.map(
      async (key) =>
        gunzipSync(await bytesOf(client, key))
          .toString()
          .split('\n').length - 2,
    );
    return Promise.all(lines);
  };
  return { server, recorder, warnings, stored };
}

/** Entries of copied files, and of those that need no record. */
function add(recorder: RunRecorder, from: number, to: number): void {
  for (let n = from; n < to; n += 1) recorder.add(entry(`file-${n}`, 'kept'));
  recorder.add(entry('deleted', 'deleted'));
  recorder.add(entry('skipped', 'skipped'));
}

test('settled files are recorded 50,000 at a time', async (t) => {
  const { recorder, stored } = await useRecorder(t);
  add(recorder, 0, MOST_LINES);
  assert.deepEqual(await stored(1), [MOST_LINES]);
  add(recorder, MOST_LINES, 2 * MOST_LINES + 1);
  assert.deepEqual(await stored(2), [MOST_LINES, MOST_LINES]);
  assert.match(recorder.id ?? '', /^\d{8}T\d{6}Z-[0-9a-f]{8}$/);
});

test('settled files whose segment cannot be stored are recorded with the next one', async (t) => {
  const { server, recorder, warnings, stored } = await useRecorder(t);
  server.faults.plan({ operation: 'PutObject', do: { kind: 'error', status: 403, code: 'AccessDenied' } });
  add(recorder, 0, MOST_LINES);
  while (warnings.length === 0) await sleep(10);
  add(recorder, 0, MOST_LINES);
  assert.deepEqual(await stored(2), [MOST_LINES, MOST_LINES]);
  assert.equal(warnings.length, 1);
});
