import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type Place, usePlace } from '../../support/place.ts';
import { MIB } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

const OURS = 'what we hold';
const THEIRS = 'what they have';
const LARGE = Buffer.alloc(6 * MIB, 'two parts ');

test('an object that another writer puts in place of ours before the proof is noticed, and both contents stay', async (t) => {
  for (const verify of ['auto', 'head', 'download'] as const) {
    const place = await usePlace(t, { file: OURS });
    place.at('HeadObject', 'file', () => place.store('file', THEIRS));
    await place.judge(await place.move({ verify }), { file: 'failed CONTENT_DIFFERS' });
  }
});

test('so is one of the same size, and one in place of a multipart upload', async (t) => {
  const place = await usePlace(t, { file: OURS, large: LARGE });
  place.at('HeadObject', 'file', () => place.store('file', OURS.toUpperCase()));
  place.at('HeadObject', 'large', () => place.store('large', THEIRS));
  const differs = 'failed CONTENT_DIFFERS';
  await place.judge(await place.move(), { file: differs, large: differs });
});

test('one that another writer puts there while it is read back is noticed', async (t) => {
  const place = await usePlace(t, { file: OURS });
  place.at('GetObject', 'file', () => place.store('file', THEIRS));
  const report = await place.move({ verify: 'download' });
  await place.judge(report, { file: /^failed (CONTENT_DIFFERS|VERIFY_FAILED)$/ });
});

test('one that another writer deletes before the proof is noticed', async (t) => {
  const place = await usePlace(t, { file: OURS });
  const command = new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key: 'moved/file' });
  place.at('HeadObject', 'file', async () => void (await place.client.send(command)));
  await place.judge(await place.move(), { file: 'failed VERIFY_FAILED' });
});

test('an object of other content that was there before is never overwritten by a move', async (t) => {
  const place = await usePlace(t, { file: OURS, large: LARGE });
  await place.store('file', THEIRS);
  await place.store('large', THEIRS);
  await place.judge(await place.move(), { file: 'failed OBJECT_EXISTS', large: 'failed OBJECT_EXISTS' });
});

test('nor one of which the store reports no ETag', async (t) => {
  const place = await usePlace(t, { file: OURS });
  await place.store('file', THEIRS);
  place.fault('HeadObject', { kind: 'no-etag-204' });
  await place.judge(await place.move(), { file: 'failed OBJECT_EXISTS' });
});

test('nor one that comes into being while ours is sent', async (t) => {
  const place = await usePlace(t, { file: OURS, large: LARGE });
  place.at('PutObject', 'file', () => place.store('file', THEIRS));
  place.at('CompleteMultipartUpload', 'large', () => place.store('large', THEIRS));
  await place.judge(await place.move(), { file: 'failed OBJECT_EXISTS', large: 'failed OBJECT_EXISTS' });
});

/** Ours is stored, then the file changes, and is sent a second time. */
function growOnce(place: Place): void {
  place.at('HeadObject', 'file', () => {
    appendFileSync(place.path('file'), ' and more');
    place.note('file');
  });
}

test('nor one that takes the place of what this run has stored, before it stores the file anew', async (t) => {
  const place = await usePlace(t, { file: OURS });
  growOnce(place);
  place.at('PutObject', 'file', () => place.store('file', THEIRS), 1);
  await place.judge(await place.move({ onChange: 'retry' }), { file: 'failed OBJECT_EXISTS' });
});

test('nor one of equal content that was there before the run, once the file has changed', async (t) => {
  const place = await usePlace(t, { file: OURS });
  await place.store('file', OURS);
  place.at('HeadObject', 'file', () => undefined);
  place.at(
    'HeadObject',
    'file',
    () => {
      appendFileSync(place.path('file'), ' and more');
      place.note('file');
    },
    1,
  );
  await place.judge(await place.move({ onChange: 'retry' }), { file: 'failed OBJECT_EXISTS' });
});

test('an object of the same content is taken for proof only of a file that is still the same', async (t) => {
  const place = await usePlace(t, { same: OURS, changes: OURS });
  await place.store('same', OURS);
  await place.store('changes', OURS);
  place.at('HeadObject', 'changes', () => {
    appendFileSync(place.path('changes'), ' and more');
    place.note('changes');
  });
  await place.judge(await place.move(), { same: 'deleted', changes: 'failed FILE_CHANGED' });
});

test('with overwrite: if-different other content is overwritten, because the user said so', async (t) => {
  const place = await usePlace(t, { file: OURS });
  await place.store('file', THEIRS);
  place.ledger.release('moved/file');
  await place.judge(await place.move({ overwrite: 'if-different' }), { file: 'deleted' });
});
