import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Store } from '../../../src/s3/store.ts';
import { TEST_BUCKET, useS3Server } from '../../support/s3-server.ts';
import { type TokenGate, useTokenGate } from '../../support/token-gate.ts';
import { useFolder } from '../../support/tree.ts';
import { useAwsEnvironment } from './support/aws-environment.ts';
import { TRANSPORTS, type TransportName } from './support/contract.ts';
import { useContent } from './support/source.ts';
import { outcomeOf } from './support/truth.ts';

interface Renewable {
  readonly store: Store;
  readonly gate: TokenGate;
  /** Another program writes new keys into the shared file. */
  readonly write: (token: string) => void;
}

async function renewable(t: TestContext, transport: TransportName): Promise<Renewable> {
  const server = await useS3Server(t);
  const gate = await useTokenGate(t, server);
  const file = join(useFolder(t), 'credentials');
  const write = (token: string) => {
    const { accessKeyId, secretAccessKey } = server;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`;
    writeFileSync(file, `[default]\n${keys}\naws_session_token = ${token}\n`);
  };
  write('first');
  useAwsEnvironment(t, { AWS_SHARED_CREDENTIALS_FILE: file });
  t.mock.method(Math, 'random', () => 0);
  const endpointUrl = `http://127.0.0.1:${gate.port}`;
  const store = new Store({ bucket: TEST_BUCKET, endpointUrl, transport: TRANSPORTS[transport] });
  t.after(() => store.close());
  await store.upload('key', await useContent(t, 'some bytes'));
  return { store, gate, write };
}

for (const transport of ['signed-http', 'sdk'] as const) {
  test(`new keys in the shared file are taken when the old ones have expired (${transport})`, async (t) => {
    const { store, gate, write } = await renewable(t, transport);
    write('second');
    assert.equal((await store.head({ key: 'key' })).size, 10);
    assert.deepEqual([...gate.tokens], ['first']);
    gate.isGood = (token) => token === 'second';
    const contents = await Promise.all(['a', 'b', 'c'].map((text) => useContent(t, text)));
    await Promise.all(contents.map((content, at) => store.upload(`key ${at}`, content)));
    assert.deepEqual([...gate.tokens], ['first', 'second']);
    assert.ok(gate.refused <= 3, String(gate.refused));
  });

  test(`a HEAD, whose answer does not say that they have, takes them as well (${transport})`, async (t) => {
    const { store, gate, write } = await renewable(t, transport);
    write('second');
    gate.isGood = (token) => token === 'second';
    assert.equal((await store.head({ key: 'key' })).size, 10);
  });

  test(`keys that have expired without others are told of by S3's own code (${transport})`, async (t) => {
    const { store, gate } = await renewable(t, transport);
    gate.isGood = () => false;
    assert.equal(await outcomeOf(store.upload('b', await useContent(t, 'b'))), '400 ExpiredToken');
    assert.equal(await outcomeOf(store.head({ key: 'key' })), '400 ExpiredToken');
    assert.ok(gate.refused <= 6, String(gate.refused));
  });
}
