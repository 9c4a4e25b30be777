import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { KeyRange } from '../../../../src/core/key-range.ts';
import { Store } from '../../../../src/s3/store.ts';
import { answer, useAnswers } from '../../../support/raw-server.ts';

interface Listed {
  readonly key: string;
  readonly id: string;
  readonly isMarker?: boolean;
}

/** A store that lists these versions, so many to a page. */
async function useVersions(t: TestContext, versions: readonly Listed[], perPage = 1_000): Promise<Store> {
  const places = new Map(versions.map(({ key, id }, index) => [`${key} ${id}`, index + 1]));
  const server = await useAnswers(t, ({ line }) => {
    const query = new URLSearchParams(line.split(' ')[1]?.split('?')[1]);
    const from = places.get(`${query.get('key-marker')} ${query.get('version-id-marker')}`) ?? 0;
    const page = versions.slice(from, from + perPage);
    const isLast = from + perPage >= versions.length;
    const { key, id } = page.at(-1) ?? { key: '', id: '' };
    const next = `<NextKeyMarker>${key}</NextKeyMarker><NextVersionIdMarker>${id}</NextVersionIdMarker>`;
    const truncated = `<IsTruncated>${!isLast}</IsTruncated>${isLast ? '' : next}`;
    return answer(
      200,
      `<ListVersionsResult>${truncated}${page.map(elementOf).join('')}</ListVersionsResult>`,
    );
  });
  const endpointUrl = `http://127.0.0.1:${server.port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const store = new Store({ bucket: 'b', endpointUrl, credentials });
  t.after(() => store.close());
  return store;
}

function elementOf({ key, id, isMarker = false }: Listed): string {
  const name = isMarker ? 'DeleteMarker' : 'Version';
  return `<${name}><Key>${key}</Key><VersionId>${id}</VersionId><Size>1</Size></${name}>`;
}

async function idsOf(store: Store, prefix = '', range?: KeyRange): Promise<string[]> {
  const ids: string[] = [];
  for await (const { key, versionId } of store.listVersions(prefix, range)) ids.push(`${key} ${versionId}`);
  return ids;
}

test('the versions of one key come one after another, on whatever pages they and its deletions are', async (t) => {
  const versions: Listed[] = [];
  for (const key of ['a', 'b', 'c', 'd']) {
    for (let n = 7; n > 0; n -= 1) versions.push({ key, id: `${key}${n}`, isMarker: n % 3 === 0 });
  }
  for (const perPage of [1, 2, 3, 5, 7, 8, 100]) {
    const ids = await idsOf(await useVersions(t, versions, perPage));
    assert.equal(new Set(ids).size, versions.length, `${perPage} to a page`);
    const runs = ids.map((id) => id[0]).filter((key, index, keys) => key !== keys[index - 1]);
    assert.deepEqual(runs, ['a', 'b', 'c', 'd'], `${perPage} to a page: ${ids.join(', ')}`);
  }
});

test('keys that are not below the prefix are left out', async (t) => {
  const store = await useVersions(t, [
    { key: 'a/1', id: '1' },
    { key: 'b/1', id: '2' },
    { key: 'c/1', id: '3', isMarker: true },
  ]);
  assert.deepEqual(await idsOf(store, 'b/'), ['b/1 2']);
});

test('24,000 versions of one key take no more time than as many of different ones', async (t) => {
  const seconds = async (versions: readonly Listed[]) => {
    const store = await useVersions(t, versions);
    const before = process.cpuUsage();
    let count = 0;
    for await (const _ of store.listVersions('')) count += 1;
    const { user, system } = process.cpuUsage(before);
    assert.equal(count, 24_000);
    return (user + system) / 1e6;
  };
  const numbers = Array.from({ length: 24_000 }, (_, number) => String(number).padStart(5, '0'));
  const ofMany = await seconds(numbers.map((number) => ({ key: `k${number}`, id: 'v' })));
  const ofOne = await seconds(numbers.map((number) => ({ key: 'k', id: number })));
  // A time that grows with the square is fifty times as long here.
  assert.ok(ofOne < 5 * ofMany + 5, `${ofOne} s of CPU against ${ofMany}`);
});

test('versions of a range come from its pages only, and keys out of order are refused then', async (t) => {
  const keys = ['a', 'b', 'c', 'd', 'e'].flatMap((key) => [
    { key, id: `${key}2`, isMarker: key === 'c' },
    { key, id: `${key}1` },
  ]);
  const store = await useVersions(t, keys, 2);
  const ids = await idsOf(store, '', { from: 'b', to: 'd' });
  assert.deepEqual(ids.sort(), ['b b1', 'b b2', 'c c1', 'c c2']);
  const mixed = await useVersions(t, [
    { key: 'b', id: '1' },
    { key: 'a', id: '1' },
  ]);
  await assert.rejects(idsOf(mixed, '', { to: 'b' }), { code: 'NotInOrder' });
  assert.deepEqual((await idsOf(mixed)).sort(), ['a 1', 'b 1']);
});
