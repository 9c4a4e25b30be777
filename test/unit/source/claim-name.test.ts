import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClaimName } from '../../../src/core/reserved-names.ts';
import { claimFileName, claimFolderName, parseClaimName } from '../../../src/source/claim-name.ts';

const MAKER = { place: '0123456789ab', pid: 4711, start: 815, instance: '89abcdef' };
const UNIQUE = '0123456789abcdef';

test('the name of a claim folder says who made it', () => {
  const name = claimFolderName(MAKER, UNIQUE);
  assert.ok(isClaimName(name));
  assert.deepEqual(parseClaimName(name), { maker: MAKER, fileName: undefined });
});

for (const fileName of ['file', ' ', 'a-of-b', 'two\nlines', 'größe', '-of-', '.s3-backup-claim-x']) {
  test(`the name of a claim beside the files says what the file is called: ${JSON.stringify(fileName)}`, () => {
    const name = claimFileName(MAKER, UNIQUE, fileName) ?? '';
    assert.deepEqual(parseClaimName(name), { maker: MAKER, fileName });
  });
}

test('no claim name has more than 255 bytes', () => {
  const room = 255 - Buffer.byteLength(`${claimFolderName(MAKER, UNIQUE)}-of-`);
  assert.equal(Buffer.byteLength(claimFileName(MAKER, UNIQUE, 'n'.repeat(room)) ?? ''), 255);
  assert.equal(claimFileName(MAKER, UNIQUE, 'n'.repeat(room + 1)), undefined);
  assert.equal(claimFileName(MAKER, UNIQUE, 'ü'.repeat(room / 2 + 1)), undefined);
});

for (const name of [
  'file',
  's3-backup-claim-x',
  '.s3-backup-claim-',
  '.s3-backup-claim-0123456789abcdef',
  `${claimFolderName(MAKER, UNIQUE)}-of-`,
  `${claimFolderName(MAKER, UNIQUE)}x`,
  `${claimFolderName({ ...MAKER, pid: 12_345_678_901 }, UNIQUE)}`,
]) {
  test(`${JSON.stringify(name)} is not the name of a claim`, () => {
    assert.equal(parseClaimName(name), undefined);
  });
}
