/** The source is a view of the bucket: what is deleted there is gone. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { backup } from '../../../src/index.ts';
import { objectsIn } from '../../support/bucket.ts';
import { withMounted } from '../../support/mounts.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { useServerProcess } from '../../support/server-process.ts';
import { addFiles, useFolder } from '../../support/tree.ts';

const OBJECTS = { one: 'first', 'sub/two': 'second', 'sub/three': 'third' };

for (const below of ['', 'mounted/']) {
  test(`a source that ${below ? 'holds' : 'is'} a mount of the bucket (s3fs) is left as it is, and so are its objects`, async (t) => {
    const { client, ...target } = await useServerProcess(t);
    const root = useFolder(t);
    const source = join(root, 'source');
    mkdirSync(join(source, below), { recursive: true });
    if (below) addFiles(source, { 'beside it': 'an ordinary file' });
    for (const [name, Body] of Object.entries(OBJECTS))
      await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key: `moved/${below}${name}`, Body }));
    const { accessKeyId, secretAccessKey } = target.credentials;
    writeFileSync(join(root, 'passwords'), `${accessKeyId}:${secretAccessKey}\n`, { mode: 0o600 });
    const options = [
      `url=${target.endpointUrl}`,
      `endpoint=${target.region}`,
      `passwd_file=${join(root, 'passwords')}`,
      'use_path_request_style',
    ];
    const folder = `${TEST_BUCKET}:/moved/${below}`.replace(/\/$/, '');
    const command = ['s3fs', folder, join(source, below), ...options.flatMap((option) => ['-o', option])];
    await withMounted(t, command, join(source, below), async () => {
      assert.deepEqual(readdirSync(join(source, below)).sort(), ['one', 'sub']);
      const wanted = { source, bucket: TEST_BUCKET, prefix: 'moved/', deleteAfterUpload: true };
      const report = await backup({ ...target, ...wanted });
      assert.equal(report.error?.code, 'SOURCE_IS_STORE', JSON.stringify(report.files));
      assert.equal(report.exit_code, 1);
      const objects = await objectsIn(client);
      for (const [name, content] of Object.entries(OBJECTS))
        assert.equal(String(objects.get(`moved/${below}${name}`)), content);
    });
  });
}
