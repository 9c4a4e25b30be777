/** Credentials that expire in the middle of a run, and clocks that are wrong. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { useProgram } from '../../support/program.ts';
import { type TokenGate, useTokenGate } from '../../support/token-gate.ts';
import { filesIn } from '../../support/tree.ts';
import {
  assertMoved,
  type Field,
  filesOf,
  type MoveOptions,
  type Moving,
  startMove,
  useField,
} from './support/move.ts';

const program = useProgram();
const COUNT = 100;
const MANY = filesOf(Array.from({ length: COUNT }, (_, at) => 2_000 + 100 * at));
const FEW = filesOf(Array.from({ length: 20 }, (_, at) => at));
const TRANSPORTS = ['auto', 'sdk'] as const;

interface Expiring extends Field {
  readonly gate: TokenGate;
  readonly moving: Moving;
  /** How often the credential process was asked. */
  readonly issued: () => number;
}

/** A run whose credentials come from a process that makes new ones, `token-1` and so on, whenever it is asked. */
async function expiring(t: TestContext, options: MoveOptions): Promise<Expiring> {
  const field = await useField(t, MANY);
  const { root, server } = field.place;
  const gate = await useTokenGate(t, server);
  const [counter, script] = [join(root, 'issued'), join(root, 'issue.mjs')];
  writeFileSync(
    script,
    `import { appendFileSync, statSync } from 'node:fs';
    appendFileSync(${JSON.stringify(counter)}, '.');
    const SessionToken = 'token-' + statSync(${JSON.stringify(counter)}).size;
    const keys = { AccessKeyId: '${server.accessKeyId}', SecretAccessKey: '${server.secretAccessKey}' };
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    console.log(JSON.stringify({ Version: 1, ...keys, SessionToken, Expiration }));`,
  );
  const aws = join(root, 'aws-config');
  writeFileSync(aws, `[default]\ncredential_process = ${process.execPath} ${script}\n`);
  const moving = startMove(t, program.bin, field, {
    ...options,
    endpoint: `http://127.0.0.1:${gate.port}`,
    aws: {},
    env: { AWS_CONFIG_FILE: aws, AWS_SHARED_CREDENTIALS_FILE: join(root, 'none') },
  });
  const { requests } = server;
  while (requests.of('PutObject').length < 20) {
    assert.equal(moving.child.exitCode, null, moving.output.stderr);
    await sleep(5);
  }
  return { ...field, gate, moving, issued: () => (existsSync(counter) ? readFileSync(counter).length : 0) };
}

describe('credentials that expire', { concurrency: true }, () => {
  for (const transport of TRANSPORTS) {
    it(`are asked for anew, once for all requests (${transport})`, async (t) => {
      const run = await expiring(t, { transfer: { transport } });
      run.gate.isGood = (token) => token !== 'token-1';
      const before = run.issued();
      await assertMoved(run.moving, run);
      assert.deepEqual([before, run.issued()], [1, 2]);
      assert.deepEqual([...run.gate.tokens], ['token-1', 'token-2']);
      assert.ok(run.gate.refused > 0);
    });

    it(`and whose successors are refused, too, end the run once (${transport})`, async (t) => {
      const run = await expiring(t, { transfer: { transport } });
      run.gate.isGood = () => false;
      const { code, stderr } = await run.moving.ended;
      assert.equal(code, 1, stderr);
      const report = run.moving.report();
      assert.equal(report.error?.code, 'EXPIRED_TOKEN');
      assert.equal(report.deleted_files + filesIn(run.place.source).size, COUNT);
      assert.ok(run.issued() <= 20, String(run.issued()));
      await run.place.judge(report);
    });

    it(`and are static end the run once (${transport})`, async (t) => {
      const field = await useField(t, MANY);
      const { accessKeyId: access_key_id, secretAccessKey: secret_access_key, requests } = field.place.server;
      const gate = await useTokenGate(t, field.place.server);
      const endpoint = `http://127.0.0.1:${gate.port}`;
      const aws = { access_key_id, secret_access_key, session_token: 'a-token' };
      gate.isGood = () => requests.of('PutObject').length < 20;
      const moving = startMove(t, program.bin, field, { transfer: { transport }, endpoint, aws });
      const { code, stderr } = await moving.ended;
      assert.equal(code, 1, stderr);
      const report = moving.report();
      assert.equal(report.error?.code, 'EXPIRED_TOKEN');
      assert.ok(gate.refused > 0 && gate.refused < COUNT, String(gate.refused));
      await field.place.judge(report);
    });
  }
});

describe('a clock', { concurrency: true }, () => {
  for (const transport of TRANSPORTS) {
    for (const hours of [1, -30]) {
      it(`that is ${hours} hours ahead is corrected (${transport})`, async (t) => {
        const field = await useField(t, FEW);
        const preload = new URL('../../support/preload/shifted-clock.mjs', import.meta.url).href;
        const env = { NODE_OPTIONS: `--import ${preload}`, CLOCK_AHEAD_MS: String(hours * 3_600_000) };
        const { writes } = await assertMoved(
          startMove(t, program.bin, field, { transfer: { transport }, env }),
          field,
        );
        assert.ok(writes < 60, String(writes));
      });
    }
  }
});
