import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChecksumAlgorithm } from '../../src/digest/checksum.ts';
import { assertNothingLost, objectsIn, useBucketClient } from './bucket.ts';
import { entryFor, fatesOf, moveTo } from './run.ts';
import { useS3Server } from './s3-server.ts';
import { filesIn, useTree } from './tree.ts';

/** Tests that a requested checksum proves a file, and that a wrong one keeps it. */
export function testChecksumProof(name: string, bytes: string | Buffer, checksum: ChecksumAlgorithm): void {
  test(`a ${name} file is proved by its ${checksum} if that is requested`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { [name]: bytes });
    const before = filesIn(source);
    const report = await moveTo(server, source, { checksum });
    assert.deepEqual([entryFor(report, name).fate, entryFor(report, name).proof], ['deleted', 'checksum']);
    assertNothingLost(before, filesIn(source), await objectsIn(useBucketClient(t, server)));
  });

  test(`a ${name} file whose ${checksum} differs in S3 is kept here`, async (t) => {
    const server = await useS3Server(t);
    const source = useTree(t, { [name]: bytes });
    const before = filesIn(source);
    server.faults.plan({ operation: 'HeadObject', do: { kind: 'wrong-checksum' } });
    const report = await moveTo(server, source, { checksum });
    assert.deepEqual(fatesOf(report), { [name]: 'failed CONTENT_DIFFERS' });
    assert.match(entryFor(report, name).reason ?? '', new RegExp(`^${checksum.toUpperCase()} .* in S3, `));
    assert.deepEqual(filesIn(source), before);
  });
}
