import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanUp } from '../../../src/bucket/cleanup.ts';
import { answer, useAnswers } from '../../support/raw-server.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

const BUCKET = `<Bucket>${TEST_BUCKET}</Bucket>`;
const upload = (key: string) =>
  `<Upload><Key>${key}</Key><UploadId>id</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>`;
const UPLOADS = ['a', 'a/one', 'ab/two', 'b/three'].map(upload).join('');

/** What is asked, by a part of the request line, and the answer. */
const ANSWERS: Readonly<Record<string, string>> = {
  'uploads=': `<ListMultipartUploadsResult>${BUCKET}${UPLOADS}</ListMultipartUploadsResult>`,
  'uploadId=': `<ListPartsResult>${BUCKET}<UploadId>id</UploadId></ListPartsResult>`,
  'list-type=': `<ListBucketResult><Name>${TEST_BUCKET}</Name></ListBucketResult>`,
};

test('if a store ignores the prefix, only uploads below it are aborted', async (t) => {
  const server = await useAnswers(t, ({ line }) => {
    if (line.startsWith('DELETE ')) return 'HTTP/1.1 204 No Content\r\n\r\n';
    const asked = Object.keys(ANSWERS).find((part) => line.includes(part)) ?? '';
    return answer(200, `<?xml version="1.0" encoding="UTF-8"?>${ANSWERS[asked]}`);
  });
  const options = {
    endpointUrl: `http://127.0.0.1:${server.port}`,
    bucket: TEST_BUCKET,
    credentials: { accessKeyId: 'an-access-key', secretAccessKey: 'a-secret' },
    prefix: 'a',
  };
  const told: string[] = [];
  for await (const { key, outcome } of cleanUp(options)) told.push(`${key} ${outcome}`);
  assert.deepEqual(told, ['a/one aborted']);
  const removed = server.requests.filter(({ line }) => line.startsWith('DELETE '));
  assert.deepEqual(
    removed.map(({ line }) => line.split('?')[0]),
    [`DELETE /${TEST_BUCKET}/a/one`],
  );
});
