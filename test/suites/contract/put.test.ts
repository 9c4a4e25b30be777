import assert from 'node:assert/strict';
import { contract } from './support/contract.ts';
import { bytesOfLength, useContent } from './support/source.ts';
import { PART } from './support/target.ts';
import { assertHolds, headOf, md5Of, partsEtagOf } from './support/truth.ts';

for (const size of [0, 1, 130_000, PART]) {
  contract(
    `a file of ${size} bytes is stored by one request, with its MD5 as the ETag`,
    {},
    async (bench) => {
      const { t, target, store } = bench;
      const bytes = bytesOfLength(size);
      const answer = await store().upload('a/file', await useContent(t, bytes));
      assert.deepEqual(answer, {
        etag: md5Of(bytes),
        versionId: undefined,
        partsEtag: undefined,
        attempts: 1,
        resumedBytes: 0,
      });
      await assertHolds(target, 'a/file', bytes);
    },
  );
}

for (const size of [PART + 1, 12 * 1024 * 1024]) {
  contract(
    `a file of ${size} bytes is stored in parts of 5 MiB, whose MD5s make the ETag`,
    {},
    async (bench) => {
      const { t, target, store } = bench;
      const bytes = bytesOfLength(size);
      const content = await useContent(t, bytes);
      const etag = partsEtagOf(bytes);
      assert.deepEqual(await store().upload('a/file', content), {
        etag,
        versionId: undefined,
        partsEtag: etag,
        attempts: 1,
        resumedBytes: 0,
      });
      assert.equal(content.md5, md5Of(bytes));
      assert.equal((await headOf(target, 'a/file')).ETag, `"${etag}"`);
      await assertHolds(target, 'a/file', bytes);
    },
  );
}

for (const size of [10, PART + 10]) {
  contract(`a file of ${size} bytes takes the place of the one under its key`, {}, async (bench) => {
    const { t, target, store } = bench;
    const bytes = bytesOfLength(size);
    const both = store();
    await both.upload('key', await useContent(t, 'what was there before'));
    await both.upload('key', await useContent(t, bytes));
    await assertHolds(target, 'key', bytes);
  });

  contract(
    `in a versioned bucket the answer for ${size} bytes names the version`,
    { needs: 'versions' },
    async (bench) => {
      const { t, target, store } = bench;
      const versioned = store();
      const first = await versioned.upload('key', await useContent(t, bytesOfLength(size)));
      assert.equal(first.versionId, (await headOf(target, 'key')).VersionId);
      const second = await versioned.upload('key', await useContent(t, 'other bytes'));
      assert.equal(second.versionId, (await headOf(target, 'key')).VersionId);
      assert.notEqual(first.versionId, second.versionId);
      const { size: found } = await versioned.head({ key: 'key', versionId: first.versionId });
      assert.equal(found, size);
    },
  );
}

contract('many files at once are stored over few connections', {}, async ({ t, target, store }) => {
  const few = store({ connections: 3 });
  const files = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const bytes = bytesOfLength(n * 400);
      return { key: `file ${n}`, bytes, content: await useContent(t, bytes) };
    }),
  );
  await Promise.all(files.map(({ key, content }) => few.upload(key, content)));
  for (const { key, bytes } of files) await assertHolds(target, key, bytes);
});
