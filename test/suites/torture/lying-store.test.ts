/**
 * Every field of every answer of a store, damaged in turn. A failure prints its seed: `LYING_SEED=n npx tsx test/run-tests.ts
 * test/suites/torture/lying-store.test.ts` tells that lie again. `LYING_RUNS=all` tells all of them, which takes half an hour.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError, backup, type Report, restore } from '../../../src/index.ts';
import { startS3Server } from '../../../src/s3-server/index.ts';
import { bucketClient } from '../../support/bucket.ts';
import { type Damage, type Field, type Lie, openLyingProxy } from '../../support/lying-proxy.ts';
import { Place, PREFIX } from '../../support/place.ts';
import { Random } from '../../support/random.ts';
import { untruths } from '../../support/report-truth.ts';
import { MIB, optionsFor } from '../../support/run.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';

const { LYING_RUNS, LYING_SEED } = process.env;

const DAMAGES: Readonly<Record<string, Damage>> = {
  'left out': () => undefined,
  empty: () => '',
  'another digit': (value) => value.replace(/[0-9a-f]/, (digit) => (digit === '1' ? '2' : '1')),
  'a digit more': (value) => `${value}0`,
  'cut in half': (value) => value.slice(0, Math.floor(value.length / 2)),
  'of the answer before': (_value, before) => before ?? 'none before',
  'upper case': (value) => value.toUpperCase(),
  negative: () => '-1',
  huge: () => '9'.repeat(30),
  'other text': () => '&lt;not&gt; what “was” asked for',
  'true or false': (value) => (value === 'true' ? 'false' : 'true'),
  success: () => '200',
  'not found': () => '404',
};

interface World {
  readonly place: Place;
  readonly back: string;
  close(): Promise<void>;
}

/** Files that are in the bucket already, the same or not, small and in parts, enough of them for listings to be worth it. */
async function makeWorld(): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 's3-backup-lying-'));
  const server = await startS3Server({ directory: join(root, 'store'), buckets: [TEST_BUCKET] });
  const client = bucketClient(server);
  const place = new Place(root, server, client);
  const names = Array.from({ length: 12 }, (_, n) => `folder/file ${n}`);
  place.add(Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  place.add({ empty: '', large: Buffer.alloc(5 * MIB + 1, 'large'), same: 'the same', other: 'ours' });
  await place.store('same', 'the same');
  await place.store('other', 'of somebody else');
  await place.store('only there', 'of somebody else, too');
  const close = async () => {
    client.destroy();
    await server.close();
    rmSync(root, { recursive: true, force: true });
  };
  return { place, back: join(root, 'back'), close };
}

/** Moves everything through the lying proxy, then restores what is there through it. Returns the fields that were told. */
async function live(
  world: World,
  transport: 'auto' | 'sdk',
  lie?: Lie,
): Promise<{ fields: Field[]; lies: number }> {
  const { place, back } = world;
  const { proxy, close } = await openLyingProxy(place.server.endpoint, lie);
  try {
    const more = { maxAttempts: 2, maxOutageSeconds: 0, transport, endpointUrl: proxy.url } as const;
    const options = optionsFor(place.server, place.source, { prefix: PREFIX, ...more });
    const moved = await unlessRefused(() => backup({ ...options, deleteAfterUpload: true, resume: true }));
    const found = await place.look();
    assert.deepEqual(place.ledger.losses(found), []);
    if (moved) assert.deepEqual(untruths(moved, place.ledger, found), []);
    const { bucket, region, credentials } = options;
    const target = { bucket, prefix: PREFIX, region, credentials, to: back, ...more };
    const restored = await unlessRefused(() => restore(target));
    for (const { path, fate, proof } of restored?.files ?? []) {
      if (fate !== 'restored' || proof === null) continue;
      const object = found.objects.get(PREFIX + path);
      assert.equal(readFileSync(join(back, path)).length, object?.size, `restored ${path}`);
    }
    return { fields: proxy.fields, lies: proxy.lies };
  } finally {
    close();
  }
}

async function unlessRefused<T extends Pick<Report, 'exit_code'>>(
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupError && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}

test('whatever a store says of what it holds, nothing is lost and the report tells the truth', async (t) => {
  const world = await makeWorld();
  const { fields } = await live(world, 'auto').finally(() => world.close());
  const damages = Object.keys(DAMAGES);
  const all = fields.flatMap((field) => damages.map((damage) => ({ field, damage })));
  const wanted = LYING_SEED === undefined ? [...all.keys()].filter(isTold) : [Number(LYING_SEED)];
  let told = 0;
  for (const seed of wanted) {
    const chosen = all[seed % all.length];
    assert.ok(chosen);
    const { field, damage } = chosen;
    const random = new Random(seed);
    const share = [1, 0.5][seed % 2] ?? 1;
    const lie: Lie = {
      field,
      damage: DAMAGES[damage] ?? (() => undefined),
      isChosen: () => random.chance(share),
    };
    const place = await makeWorld();
    try {
      const { lies } = await live(place, seed % 3 === 0 ? 'sdk' : 'auto', lie);
      if (lies > 0) told += 1;
    } catch (error) {
      const what = `seed ${seed}: ${field.name} of ${field.request}, ${damage}, share ${share}`;
      throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
    } finally {
      await place.close();
    }
  }
  t.diagnostic(`${told} of ${wanted.length} lies were told, about ${fields.length} fields`);
  if (LYING_SEED === undefined) assert.ok(told >= 300, `only ${told} lies were told`);
});

/** Of the damages to each field every fourth, and of the next field others. */
function isTold(seed: number): boolean {
  return LYING_RUNS === 'all' || seed % 4 === Math.floor(seed / Object.keys(DAMAGES).length) % 4;
}
