import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { outcomeOf, useClient } from './client.ts';

const Bucket = TEST_BUCKET;
const Key = 'key';

test('an archived object is read only after it was asked for', async (t) => {
  const client = useClient(t, await useS3Server(t));
  const ask = async (Days = 1) => {
    const answer = await client.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days } }));
    return answer.$metadata.httpStatusCode;
  };
  const get = () => outcomeOf(client.send(new GetObjectCommand({ Bucket, Key })));
  for (const StorageClass of ['GLACIER', 'DEEP_ARCHIVE'] satisfies StorageClass[]) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'ice', StorageClass }));
    assert.equal(await get(), '403 InvalidObjectState');
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass, StorageClass);
    assert.deepEqual([await ask(), await ask()], [202, 200]);
    assert.equal(await get(), 'ok');
  }
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'warm' }));
  assert.equal(await outcomeOf(ask()), '403 InvalidObjectState');
});
