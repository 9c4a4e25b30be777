import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CutStream } from '../../../../src/s3/multipart/cut-stream.ts';

async function* chunksOf(sizes: readonly number[]): AsyncGenerator<Buffer, void> {
  let next = 0;
  for (const size of sizes) yield Buffer.from(Array.from({ length: size }, () => next++ % 251));
}

async function allOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

test('the stretches of a stream are its bytes, in order, and it is known when they are all', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 20 }));
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(fc.integer({ min: 1, max: 50 })), async (chunks, lengths) => {
      const whole = await allOf(chunksOf(chunks));
      const stream = new CutStream(chunksOf(chunks));
      let at = 0;
      for (const length of lengths) {
        const taken = await allOf(stream.take(length));
        assert.ok(taken.equals(whole.subarray(at, at + length)));
        at += length;
        assert.equal(stream.isEnded, at >= whole.length);
        if (stream.isEnded) break;
      }
    }),
  );
});
