import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultPlan } from '../../../src/s3-server/index.ts';
import { everythingIn, keepVersions, useBucketClient } from '../../support/bucket.ts';
import { serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { start, useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

const program = useProgram();

const STOPS: readonly (readonly [NodeJS.Signals, number, Pick<FaultPlan, 'operation' | 'skip'>])[] = [
  ['SIGINT', 130, { operation: 'PutObject' }],
  ['SIGINT', 130, { operation: 'PutObject', skip: 1 }],
  ['SIGTERM', 143, { operation: 'PutObject', skip: 2 }],
  ['SIGINT', 130, { operation: 'HeadObject' }],
  ['SIGTERM', 143, { operation: 'DeleteObject' }],
];

describe('status that is stopped', { concurrency: true }, () => {
  for (const [signal, exitCode, { operation, skip = 0 }] of STOPS) {
    it(`by ${signal} at ${operation} ${skip + 1} removes all that it has written`, async (t) => {
      const server = await useS3Server(t);
      const client = useBucketClient(t, server);
      await keepVersions(client);
      const workplace = useWorkplace(t);
      const run = start([process.execPath, program.bin, 'status', '--source', 'source'], {
        workplace,
        env: serverEnvironment(server),
      });
      const stop = () => void run.child.kill(signal);
      server.faults.plan({ operation, skip, do: { kind: 'call', run: stop } });
      const { code, stderr } = await run.ended;
      assert.equal(code, exitCode, stderr);
      assert.match(stderr, /^s3-backup: SIG(INT|TERM): /);
      assert.ok(server.requests.of('PutObject').length > 0);
      assert.deepEqual(await everythingIn(client), []);
    });
  }

  it('ends while the store does not answer, and says what may be left', async (t) => {
    const server = await useS3Server(t);
    const run = start([process.execPath, program.bin, 'status', '--source', 'source'], {
      workplace: useWorkplace(t),
      env: serverEnvironment(server),
    });
    const stop = () => void run.child.kill('SIGINT');
    server.faults.plan({ operation: 'PutObject', skip: 1, do: { kind: 'call', run: stop } });
    server.faults.plan({ operation: 'PutObject', skip: 1, do: { kind: 'stall' } });
    const { code, stdout } = await run.ended;
    assert.equal(code, 130);
    assert.match(stdout, /the test object was not removed: \.s3-backup\/probe-/);
  });
});
