import assert from 'node:assert/strict';
import { test } from 'node:test';
import chain from 'stream-chain';
import { type Found, type Hashed, type Item, pass, type Selected } from '../../../src/flow/item.ts';
import { stage } from '../../../src/flow/stage.ts';
import { report } from '../../../src/report/report-sink.ts';
import { Store } from '../../../src/s3/store.ts';
import { compare } from '../../../src/stages/compare.ts';
import { deleteSource } from '../../../src/stages/delete-source.ts';
import { filter } from '../../../src/stages/filter.ts';
import { hash } from '../../../src/stages/hash.ts';
import { plan } from '../../../src/stages/plan.ts';
import { skipUnchanged } from '../../../src/stages/skip-unchanged.ts';
import { upload } from '../../../src/stages/upload.ts';
import { verify } from '../../../src/stages/verify.ts';

/**
 * These are checked by `tsc -p .` (npm run check), not by running them: each line below a `@ts-expect-error` has to be
 * refused by the compiler, or the check fails.
 */
export function refusedByTheCompiler(store: Store): void {
  const overwrite = 'never';
  // @ts-expect-error deletes what was not verified
  chain([filter(), hash<Selected>(), upload({ store }), deleteSource({ enabled: true }), verify({ store })]);
  // @ts-expect-error deletes what was only uploaded
  chain([filter(), hash<Selected>(), upload({ store }), deleteSource({ enabled: true })]);
  // @ts-expect-error deletes what was only read
  chain([filter(), hash<Selected>(), deleteSource({ enabled: true })]);
  // @ts-expect-error deletes what was only compared
  chain([filter(), hash<Selected>(), compare({ store, overwrite }), deleteSource({ enabled: true })]);
  // @ts-expect-error uploads what has no key
  chain([hash<Found>(), upload({ store })]);
  // @ts-expect-error looks for what has no key
  chain([skipUnchanged({ store }), hash<Found>()]);
  // @ts-expect-error uploads what was not read
  chain([filter(), upload({ store })]);
  // @ts-expect-error verifies what was not uploaded
  chain([filter(), hash<Selected>(), verify({ store })]);
  // @ts-expect-error plans what was not selected
  chain([plan(), filter()]);
  // @ts-expect-error a file that was hashed is not uploaded by calling it so
  stage<Hashed, never>(1, (file) => pass(file));
}

/** ... and this is accepted, so that the lines above are refused for their order alone. */
export function acceptedByTheCompiler(store: Store): void {
  const overwrite = 'never';
  chain([filter(), hash<Selected>(), upload({ store }), verify({ store }), deleteSource({ enabled: true })]);
  chain([
    filter(),
    skipUnchanged({ store }),
    hash<Selected>(),
    compare({ store, overwrite }),
    upload({ store }),
    verify({ store }),
    deleteSource(),
  ]);
  chain([filter(), plan()]);
}

test('the report refuses an item that no stage has settled', async () => {
  const sink = report();
  const failed = new Promise<Error>((resolve) => sink.once('error', resolve));
  sink.write({ settled: false, file: {} } as unknown as Item<never>);
  assert.match((await failed).message, /no stage had settled/);
  assert.equal(sink.tally.result().total_files, 0);
});

test('a complete chain is accepted and built', () => {
  const store = new Store({ bucket: 'b', endpointUrl: 'http://127.0.0.1:1' });
  assert.doesNotThrow(() => acceptedByTheCompiler(store));
  store.close();
});
