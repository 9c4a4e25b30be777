import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { keysIn, useBucketClient } from '../../support/bucket.ts';
import { backupTo, fatesOf, moveTo } from '../../support/run.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { namesIn, useTree } from '../../support/tree.ts';

const NFC = 'caf\u00e9';
const NFD = 'cafe\u0301';

test('names that differ only in their Unicode form or case are different keys to S3', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { [NFC]: '1', [NFD]: '2', Case: '3', case: '4' });
  const report = await backupTo(server, source);
  assert.equal(report.counts.kept, 4);
});

test('if the store folds them, both fail before either is sent, and the others are stored', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { [`a/${NFC}`]: '1', [`a/${NFD}`]: '2', 'B/x': '3', 'b/X': '4', fine: '5' });
  const unicode = await moveTo(server, source, { keyFolding: 'unicode', prefix: 'u', list: listOf(source) });
  assert.deepEqual(fatesOf(unicode), {
    [`a/${NFC}`]: 'failed KEY_COLLISION',
    [`a/${NFD}`]: 'failed KEY_COLLISION',
    'B/x': 'deleted',
    'b/X': 'deleted',
    fine: 'deleted',
  });
  assert.deepEqual((await keysIn(useBucketClient(t, server))).sort(), ['u/B/x', 'u/b/X', 'u/fine']);
});

test('upper and lower case collide in folders, too', async (t) => {
  const server = await useS3Server(t);
  const source = useTree(t, { 'B/x': '3', 'b/X': '4', fine: '5' });
  const report = await moveTo(server, source, { keyFolding: 'both' });
  assert.deepEqual(fatesOf(report), {
    'B/x': 'failed KEY_COLLISION',
    'b/X': 'failed KEY_COLLISION',
    fine: 'deleted',
  });
});

function listOf(source: string) {
  const files = namesIn(source).filter((name) => !['a', 'B', 'b'].includes(name));
  return { input: Readable.from([files.join('\n')]) };
}
