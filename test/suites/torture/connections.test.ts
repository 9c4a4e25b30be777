import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usePlace } from '../../support/place.ts';
import { MIB } from '../../support/run.ts';

const ALWAYS = Number.POSITIVE_INFINITY;
const SMALL = Buffer.alloc(200_000, 'a body that takes some packets ');
const LARGE = Buffer.alloc(6 * MIB, 'two parts ');
const TENTHS = Array.from({ length: 11 }, (_, tenth) => tenth);

for (const tenth of TENTHS) {
  test(`a connection that is reset after ${tenth} tenths of a body costs a retry and no byte`, async (t) => {
    const place = await usePlace(t, { small: SMALL, large: LARGE });
    const afterBytes = (size: number) => Math.floor((size * tenth) / 10);
    place.fault('PutObject', { kind: 'reset', afterBytes: afterBytes(SMALL.length) });
    place.fault('UploadPart', { kind: 'reset', afterBytes: afterBytes(5 * MIB) });
    await place.judge(await place.move(), { small: 'deleted', large: 'deleted' });
  });
}

test('a body that never gets through fails, and nothing of it is left', async (t) => {
  const place = await usePlace(t, { small: SMALL, large: LARGE });
  place.fault(['PutObject', 'UploadPart'], { kind: 'reset', afterBytes: 100_000 }, { times: ALWAYS });
  const report = await place.move();
  const found = await place.judge(report, { small: 'failed UPLOAD_FAILED', large: 'failed UPLOAD_FAILED' });
  assert.equal(found.objects.size, 0);
});

test('a proof that breaks off while it is read back is asked for again or fails', async (t) => {
  const place = await usePlace(t, { small: SMALL });
  place.fault('GetObject', { kind: 'reset-response', afterBytes: 50_000 }, { times: ALWAYS });
  await place.judge(await place.move({ verify: 'download' }), { small: 'failed VERIFY_FAILED' });
});

const ERRORS = [
  { status: 500, code: 'InternalError' },
  { status: 503, code: 'SlowDown' },
] as const;

for (const { status, code } of ERRORS) {
  for (const probability of [0.2, 0.6]) {
    test(`a storm of ${status} ${code} at ${probability * 100} % of all requests loses nothing`, async (t) => {
      const files = Object.fromEntries(
        Array.from({ length: 40 }, (_, at) => [`d${at % 5}/file-${at}`, `content ${at}`]),
      );
      const place = await usePlace(t, { ...files, large: LARGE });
      // The one request before which nothing is touched is spared: without it there is no run.
      const spared = { skip: 1, probability, seed: 7 + status };
      place.fault('*', { kind: 'error', status, code }, spared);
      // Of the probes of a lost endpoint 60 % fail, too: within 20 s all of them may, by chance.
      const report = await place.move({ concurrency: 8, maxOutageSeconds: 600 });
      await place.judge(report, undefined, { parts: true });
      assert.equal(report.error, null);
      const next = await place.move();
      assert.equal(next.exit_code, 0);
      const found = await place.look();
      assert.deepEqual(place.ledger.losses(found), []);
      assert.equal(found.files.size, 0);
    });
  }
}
