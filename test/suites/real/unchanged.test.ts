/** A second run over 100,000 files that have not changed, with the requests counted by the bench's endpoint. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestsOf } from '../../../bench/speed/goals.ts';
import { startSink } from '../../../bench/speed/sink-process.ts';
import { backup } from '../../../src/index.ts';
import { useFolder } from '../../support/tree.ts';

const FILES = 100_000;
/** Files that changed less than 10 s before they were stored are read again. */
const REST_MS = 11_000;

for (const { where, folders } of [
  { where: 'in one folder', folders: 1 },
  { where: 'in a thousand folders', folders: 1_000 },
]) {
  test(`100,000 unchanged files ${where} take 0 bytes and under 150 requests`, async (t) => {
    const source = useFolder(t);
    for (let folder = 0; folder < folders; folder += 1) mkdirSync(join(source, String(folder)));
    for (let index = 0; index < FILES; index += 1)
      writeFileSync(join(source, String(index % folders), `img-${index}`), String(index));
    await sleep(REST_MS);
    const sink = await startSink({ latencyMs: 0, isTls: false, cores: undefined, home: source });
    t.after(() => sink.close());
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const options = { source, bucket: 'bucket', endpointUrl: sink.endpoint, credentials };
    const first = await backup(options);
    assert.deepEqual([first.verified_files, first.exit_code], [FILES, 0]);
    const before = await sink.stats();
    const second = await backup(options);
    const after = await sink.stats();
    assert.deepEqual(
      [second.unread_files, second.verified_files, second.success_rate_percent, second.exit_code],
      [FILES, 0, 100, 0],
    );
    assert.equal(after.bodyBytes - before.bodyBytes, 0);
    const requests = requestsOf(after.requests) - requestsOf(before.requests);
    assert.ok(requests < 150, `${requests} requests`);
    t.diagnostic(`${requests} requests; ${first.duration_seconds} s, then ${second.duration_seconds} s`);
  });
}
