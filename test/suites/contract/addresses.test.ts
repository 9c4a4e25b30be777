import assert from 'node:assert/strict';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, keysIn, outcomeOf, storeErrorOf } from './support/truth.ts';

const TOKEN = 'IQoJb3JpZ2luX2VjE//a+token/with=signs==';

contract('an endpoint URL may end with a slash', {}, async ({ t, target, store }) => {
  const slash = store({ endpointUrl: `${target.endpointUrl}/` });
  const large = bytesOfLength(PART + 1);
  await slash.upload('a key', await useContent(t, 'content'));
  await slash.upload('large', await useContent(t, large));
  await assertHolds(target, 'a key', Buffer.from('content'));
  await assertHolds(target, 'large', large);
  assert.equal((await slash.head({ key: 'a key' })).size, 7);
  assert.equal((await slash.listPage({ prefix: '' })).objects.length, 2);
});

for (const ending of ['', '/', '//']) {
  contract(`a bucket may be below a path that ends with '${ending}'`, {}, async ({ t, target, store }) => {
    // The suite's bucket is the path here, so that the one in the options is the first segment of the key.
    const below = store({ endpointUrl: `${target.endpointUrl}/${target.bucket}${ending}`, bucket: 'below' });
    await below.upload('a key', await useContent(t, 'content'));
    assert.deepEqual(await keysIn(target), ['below/a key']);
    assert.equal((await below.head({ key: 'a key' })).size, 7);
  });
}

contract('a body may be signed, too', {}, async ({ t, target, store }) => {
  const signs = store({ signPayload: true });
  const large = bytesOfLength(PART + 1);
  await signs.upload('small', await useContent(t, 'content'));
  await signs.upload('large', await useContent(t, large));
  await assertHolds(target, 'small', Buffer.from('content'));
  await assertHolds(target, 'large', large);
  for (const { operation, headers } of target.server?.requests.of('PutObject', 'UploadPart') ?? []) {
    assert.match(headers['x-amz-content-sha256'] ?? '', /^[0-9a-f]{64}$/, operation);
  }
});

contract(
  'a bucket may be addressed by any region that its endpoint is signed for',
  {
    embeddedOnly: 'a real store has one region only',
    server: { region: 'eu-central-1' },
  },
  async ({ t, target, store }) => {
    await store().upload('key', await useContent(t, 'content'));
    await assertHolds(target, 'key', Buffer.from('content'));
    const { code } = await storeErrorOf(store({ region: 'us-west-2' }).listPage({ prefix: '' }));
    assert.equal(code, 'AuthorizationHeaderMalformed');
  },
);

contract(
  'a session token is sent with every request',
  {
    embeddedOnly: 'few stores besides AWS make tokens',
    server: { sessionToken: TOKEN },
  },
  async ({ t, target, store }) => {
    const large = bytesOfLength(PART + 1);
    const withToken = store();
    await withToken.upload('small', await useContent(t, 'content'));
    await withToken.upload('large', await useContent(t, large));
    assert.equal((await withToken.head({ key: 'small' })).size, 7);
    assert.equal((await withToken.listPage({ prefix: '' })).objects.length, 2);
    const { accessKeyId, secretAccessKey } = target.credentials;
    const without = store({ credentials: { accessKeyId, secretAccessKey } });
    assert.equal(await outcomeOf(without.listPage({ prefix: '' })), '400 InvalidToken');
  },
);
