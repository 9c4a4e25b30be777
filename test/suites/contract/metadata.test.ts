import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScript } from '../../support/run-script.ts';
import { useTree } from '../../support/tree.ts';
import { contract } from './support/contract.ts';
import { useContent } from './support/source.ts';
import { headOf } from './support/truth.ts';

contract('metadata may be empty', {}, async ({ t, target, store }) => {
  await store({ object: { metadata: { empty: '' } } }).upload('key', await useContent(t, 'content'));
  assert.equal((await headOf(target, 'key')).Metadata?.empty ?? '', '');
});

for (const value of [' before', 'after ', '  both  ', 'in  between', ' ']) {
  contract(`metadata may have spaces: '${value}'`, {}, async ({ t, target, store }) => {
    await store({ object: { metadata: { value } } }).upload('key', await useContent(t, 'content'));
    // HTTP does not carry spaces at the ends of a header.
    assert.equal((await headOf(target, 'key')).Metadata?.value?.trim() ?? '', value.trim());
  });
}

/** In a process of its own: what the refused request left behind must not keep that from ending. */
const UPLOAD = `
  const [transport, folder, values] = args;
  const { Store } = await load('s3/store.ts');
  const { SourceContent } = await load('source/content.ts');
  const { SourceFile } = await load('source/source-file.ts');
  const { sourceRoot } = await load('source/root.ts');
  const content = new SourceContent(SourceFile.open({ root: sourceRoot(folder), path: 'file' }));
  await content.readWhole();
  for (const value of values) {
    const store = new Store({
      transport,
      bucket: 'bucket',
      // Nothing listens there: a request that is sent fails in another way.
      endpointUrl: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      maxAttempts: 1,
      object: { metadata: { value } },
    });
    await store.upload('key', content, {}).catch(({ name, code }) => console.log(name, code));
    store.close();
  }
  content.close();`;

// Not by the SDK: the timer of a connection that it does not make keeps the process for 10 s.
test('metadata that would end its header is refused, and keeps no process running', async (t) => {
  const folder = useTree(t, { file: 'content' });
  const values = ['x\r\nx-amz-acl: public-read', 'x\ny', 'x\0y'];
  const { code, stdout } = await runScript(t, UPLOAD, { args: ['auto', folder, values] });
  const outcomes = stdout.trim().split('\n');
  assert.equal(outcomes.length, 3);
  for (const outcome of outcomes) assert.match(outcome, /^StoreError (?!ECONNREFUSED)/);
  assert.equal(code, 0);
});
