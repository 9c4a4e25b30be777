import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClaimName } from '../../../src/core/reserved-names.ts';
import { claimFileName, claimFolderName, parseClaimName } from '../../../src/source/claim-name.ts';

const MAKER = { place: '0123456789ab', pid: 4711, start: 815, instance: '89abcdef' };
const UNIQUE = '0123456789abcdef';
const SHARD = { plan: '20261130T021500Z-1a2b3c4d', index: 42 };
const FOLDER = claimFolderName(MAKER, UNIQUE);
const OF_SHARD = claimFolderName(MAKER, UNIQUE, SHARD);

test('the name of a claim folder says who made it', () => {
  assert.ok(isClaimName(FOLDER));
  assert.deepEqual(parseClaimName(FOLDER), { maker: MAKER, shard: undefined, fileName: undefined });
});

test('it says for which shard', () => {
  assert.ok(isClaimName(OF_SHARD));
  assert.deepEqual(parseClaimName(OF_SHARD), { maker: MAKER, shard: SHARD, fileName: undefined });
});

for (const [shard, folder] of [
  [undefined, FOLDER],
  [SHARD, OF_SHARD],
] as const)
  for (const fileName of [
    'file',
    ' ',
    'a-of-b',
    'two\nlines',
    'größe',
    '-of-',
    '.s3-backup-claim-x',
    OF_SHARD.slice(60),
  ])
    test(`the name of a claim beside the files says what the file is called: ${JSON.stringify(fileName)}${shard ? ', of a shard' : ''}`, () => {
      const name = claimFileName(folder, fileName) ?? '';
      assert.deepEqual(parseClaimName(name), { maker: MAKER, shard, fileName });
    });

test('no claim name has more than 255 bytes', () => {
  for (const folder of [FOLDER, OF_SHARD]) {
    const room = 255 - Buffer.byteLength(`${folder}-of-`);
    assert.equal(Buffer.byteLength(claimFileName(folder, 'n'.repeat(room)) ?? ''), 255);
    assert.equal(claimFileName(folder, 'n'.repeat(room + 1)), undefined);
    assert.equal(claimFileName(folder, 'ü'.repeat(Math.floor(room / 2) + 1)), undefined);
  }
});

for (const name of [
  'file',
  's3-backup-claim-x',
  '.s3-backup-claim-',
  '.s3-backup-claim-0123456789abcdef',
  `${FOLDER}-of-`,
  `${FOLDER}x`,
  `${OF_SHARD}-of-`,
  `${OF_SHARD}x`,
  `${OF_SHARD}000`,
  claimFolderName(MAKER, UNIQUE, { plan: 'plan', index: 0 }),
  `${claimFolderName({ ...MAKER, pid: 12_345_678_901 }, UNIQUE)}`,
]) {
  test(`${JSON.stringify(name)} is not the name of a claim`, () => {
    assert.equal(parseClaimName(name), undefined);
  });
}
