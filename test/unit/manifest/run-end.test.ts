import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRunEnd } from '../../../src/manifest/run-end.ts';
import { listRuns } from '../../../src/manifest/runs.ts';
import { Store } from '../../../src/s3/store.ts';
import { PREFIX, useBackedUp } from '../../support/backed-up.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

test('a run ends when it was over, and at the latest when its manifest was written', async (t) => {
  const { server } = await useBackedUp(t, { a: 'a' }, ['--manifest']);
  const { endpoint: endpointUrl, accessKeyId, secretAccessKey } = server;
  const store = new Store({
    bucket: TEST_BUCKET,
    endpointUrl,
    credentials: { accessKeyId, secretAccessKey },
  });
  t.after(() => store.close());
  for await (const run of listRuns(store, PREFIX)) {
    const endAt = async (start: string, stored: number | undefined) =>
      (await readRunEnd(store, PREFIX, { ...run, start, stored })).ended;
    const written = Date.parse('2026-11-30T03:00:00Z');
    // A clock that was years ahead.
    assert.equal(await endAt('2031-11-30T02:15:00Z', written), written);
    const began = Date.parse('2026-11-30T02:15:00Z');
    for (const stored of [written, undefined]) {
      const took = (await endAt('2026-11-30T02:15:00Z', stored)) - began;
      assert.ok(took >= 0 && took < 60_000, `${took} ms`);
    }
    return;
  }
  assert.fail('there is no run');
});
