/** Networks that fail now and then: a run gets through, with few more requests than a good network takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useProgram } from '../../support/program.ts';
import { MIB } from '../../support/run.ts';
import { assertMoved, filesOf, startMove, useField } from './support/move.ts';

const program = useProgram();
const MANY = filesOf([...Array.from({ length: 300 }, (_, at) => 100 * at), 6 * MIB]);
/** A file is one request with a body, a part another. */
const NEEDED = 300 + 2;
const TRANSPORTS = ['auto', 'sdk'] as const;

describe('a flaky network', { concurrency: true }, () => {
  for (const transport of TRANSPORTS) {
    it(`that resets a fifth of all connections costs retries and no file (${transport})`, async (t) => {
      const field = await useField(t, MANY, { resetShare: 0.2 });
      const moving = startMove(t, program.bin, field, { transfer: { transport, concurrency: 64 } });
      const { writes } = await assertMoved(moving, field);
      assert.ok(field.proxy.resets > 0);
      assert.ok(writes < 1.5 * NEEDED, String(writes));
    });

    it(`whose endpoint answers 503 to a twentieth costs retries and no file (${transport})`, async (t) => {
      const field = await useField(t, MANY);
      field.place.fault('*', { kind: 'error', status: 503, code: 'SlowDown' }, { probability: 0.05 });
      const moving = startMove(t, program.bin, field, { transfer: { transport } });
      const { writes } = await assertMoved(moving, field);
      assert.ok(writes < 1.5 * NEEDED, String(writes));
    });

    it(`that stands still for 30 s in the middle of a body is waited for (${transport})`, async (t) => {
      const stall = { afterBytes: 2 * MIB, ms: 30_000 };
      const field = await useField(t, MANY, { stall });
      const moving = startMove(t, program.bin, field, { transfer: { transport } });
      const { report } = await assertMoved(moving, field);
      assert.equal(field.proxy.stalls, 1);
      assert.ok(report.files.every(({ attempts }) => (attempts ?? 0) <= 1));
    });
  }
});
