import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { type Report, runBackup, SpooledEntries } from '../../src/index.ts';
import { reportText } from '../../src/report/write-report.ts';
import type { FaultAction, Operation } from '../../src/s3-server/index.ts';
import { assertBalanced } from './balanced.ts';
import { assertNothingLost, objectsIn, useBucketClient } from './bucket.ts';
import { untilClosed } from './descriptors.ts';
import { MIB, optionsFor } from './run.ts';
import { useS3Server } from './s3-server.ts';
import { addFiles, filesIn, useFolder } from './tree.ts';

const segment = fc.constantFrom('a', 'b', 'c d', 'e\nf', '\u{1F600}', '%41', '.g', 'h.tmp');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const size = fc.oneof(
  { weight: 30, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.constant(5 * MIB + 9) },
);
const always500 = (operation: Operation) => ({
  operation,
  probability: 1 as const,
  seed: 0,
  do: { kind: 'error', status: 500, code: 'InternalError' } as const,
});
const fault = fc.record({
  operation: fc.constantFrom<Operation>(
    'PutObject',
    'HeadObject',
    'UploadPart',
    'CompleteMultipartUpload',
    'CreateMultipartUpload',
    'ListObjectsV2',
    'GetObject',
  ),
  probability: fc.constantFrom(0.1, 0.5, 1),
  seed: fc.nat(),
  do: fc.constantFrom<FaultAction>(
    { kind: 'error', status: 500, code: 'InternalError' },
    { kind: 'error', status: 403, code: 'AccessDenied' },
    { kind: 'error', status: 400, code: 'ExpiredToken' },
    { kind: 'reset', afterBytes: 10 },
    { kind: 'reset-response', afterBytes: 1 },
    { kind: 'lost-answer' },
    { kind: 'wrong-etag' },
    { kind: 'random-etag' },
    { kind: 'vanish' },
    { kind: 'html-200' },
    { kind: 'no-etag-204' },
  ),
});

/**
 * Moves or copies random folders while random faults happen, and fails if a byte is lost, or if a file is not in the report once.
 * The access check of a run always passes.
 *
 * @param runs Random cases.
 */
export async function assertNothingIsEverLost(
  t: TestContext,
  { runs }: { readonly runs: number },
): Promise<void> {
  const server = await useS3Server(t);
  const client = useBucketClient(t, server);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(path, size, { minKeys: 1, maxKeys: 14 }),
      fc.array(fault, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (files, faults, moves) => {
        run += 1;
        const source = useFolder(t);
        // A path that is a folder by now, or leads through a file, is left out.
        for (const [name, length] of Object.entries(files)) {
          try {
            addFiles(source, { [name]: Buffer.alloc(length, name) });
          } catch {}
        }
        mkdirSync(join(source, 'links'), { recursive: true });
        symlinkSync('nowhere', join(source, 'links/link'));
        const before = filesIn(source);
        const prefix = `run-${run}`;
        // The access check shall pass: what happens when it does not is another test.
        for (const plan of faults)
          server.faults.plan({ skip: plan.operation === 'ListObjectsV2' ? 1 : 0, ...plan });
        const entries = new SpooledEntries(source);
        const summary = await runBackup(
          optionsFor(server, source, {
            prefix,
            deleteAfterUpload: moves,
            maxAttempts: 2,
            exclude: ['*.tmp'],
            concurrency: 4,
            maxOutageSeconds: 1,
          }),
          entries,
        );
        server.faults.clear();
        const report: Report = JSON.parse([...reportText(summary, entries)].join(''));
        entries.close();

        assertBalanced(report);
        const after = filesIn(source);
        assertNothingLost(before, after, await objectsIn(client), `${prefix}/`);
        const deleted = report.files.filter(({ fate }) => fate === 'deleted').map(({ path: name }) => name);
        assert.deepEqual([...after.keys(), ...deleted].sort(), [...before.keys()].sort());
        if (!moves) assert.deepEqual(deleted, []);
        if (report.error === null) {
          // Files below an excluded folder are not found; all others are.
          const scanned = [...before.keys()].filter((name) => !/\.tmp\//.test(name));
          assert.deepEqual(
            report.files.map(({ path: name }) => name).sort(),
            ['links/link', ...scanned].sort(),
          );
          assert.equal(report.exit_code, report.counts.failed > 0 ? 2 : 0);
        } else {
          // A listing is what asks whether the endpoint is there.
          const mayBeLost = faults.some(({ operation }) => operation === 'ListObjectsV2');
          const codes = mayBeLost ? ['EXPIRED_TOKEN', 'ENDPOINT_LOST'] : ['EXPIRED_TOKEN'];
          assert.ok(codes.includes(report.error.code), report.error.message);
          assert.equal(report.exit_code, 1);
        }
        await untilClosed(source);
        rmSync(source, { recursive: true });
      },
    ),
    { numRuns: runs, examples: [[{ a: 0 }, [always500('PutObject'), always500('ListObjectsV2')], false]] },
  );
}
