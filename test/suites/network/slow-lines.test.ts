/** Lines that are slow, and nothing else: whatever moves is waited for, and nothing is sent twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useProgram } from '../../support/program.ts';
import { assertMoved, filesOf, startMove, useField } from './support/move.ts';

const program = useProgram();
const KB = 1000;
const MBIT_BYTES = 125 * KB;

describe('a slow line', { concurrency: true }, () => {
  for (const transport of ['auto', 'sdk']) {
    it(`of 1 Mbit/s carries everything, once, over no more connections than it is worth (${transport})`, async (t) => {
      const files = filesOf(Array.from({ length: 60 }, (_, at) => (at + 1) * KB));
      const field = await useField(
        t,
        { ...files, large: Buffer.alloc(1200 * KB) },
        { bytesPerSecond: MBIT_BYTES },
      );
      const { report } = await assertMoved(
        startMove(t, program.bin, field, { transfer: { transport } }),
        field,
      );
      assert.ok(report.files.every(({ attempts }) => attempts === 1));
      assert.ok(field.proxy.connections <= 64, String(field.proxy.connections));
    });

    it(`of 300 ms carries everything, once (${transport})`, async (t) => {
      const files = filesOf(Array.from({ length: 300 }, (_, at) => at));
      const field = await useField(t, { ...files, large: Buffer.alloc(6_000 * KB) }, { latencyMs: 300 });
      const { report } = await assertMoved(
        startMove(t, program.bin, field, { transfer: { transport } }),
        field,
      );
      assert.ok(report.files.every(({ attempts }) => attempts === 1));
    });
  }
});
