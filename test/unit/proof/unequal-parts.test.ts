import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EqualParts, sizeOfPart } from '../../../src/digest/part-layout.ts';
import { stretchesOf } from '../../../src/proof/unequal-parts.ts';

const total = (stretches: readonly EqualParts[]) =>
  stretches.reduce((sum, { count, size }) => sum + count * size, 0);

/** Stretches whose sizes grow, and a last part that is smaller, as a stream leaves them. */
const grown = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 1, max: 7 }),
  )
  .map(([counts, last]) => [
    ...counts.map((count, n) => ({ count, size: 8 * 2 ** n })),
    { count: 1, size: last },
  ]);

test('the stretches of grown parts are found with a few questions', async () => {
  await fc.assert(
    fc.asyncProperty(grown, async (stretches) => {
      const parts = stretches.reduce((sum, { count }) => sum + count, 0);
      let asked = 0;
      const found = await stretchesOf(parts, total(stretches), async (part) => {
        asked += 1;
        assert.ok(part >= 1 && part <= parts);
        return sizeOfPart(stretches, part - 1);
      });
      assert.deepEqual(found, stretches);
      assert.ok(asked <= 40 * stretches.length, `${asked}`);
    }),
  );
});

test('sizes that do not add up, or that the store does not tell, are unknown', async () => {
  assert.equal(await stretchesOf(3, 25, async () => 8), undefined);
  assert.equal(await stretchesOf(3, 24, async (part) => (part === 3 ? undefined : 8)), undefined);
  // Another size for each part would take a question for each.
  const parts = 5_000;
  assert.equal(await stretchesOf(parts, (parts * (parts + 1)) / 2, async (part) => part), undefined);
});
