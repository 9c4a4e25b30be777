import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError, type Report } from '../../../src/index.ts';
import { startS3Server } from '../../../src/s3-server/index.ts';
import { bucketClient } from '../../support/bucket.ts';
import { Place } from '../../support/place.ts';
import { untruths } from '../../support/report-truth.ts';
import { TEST_BUCKET } from '../../support/s3-server.ts';
import { type Scenario, scenarios } from '../../support/scenario.ts';

/**
 * A failure prints its seed and path: `TORTURE_SEED=... TORTURE_PATH=... npx tsx test/run-tests.ts
 * test/suites/torture/random-worlds.test.ts` tries exactly that world again. `TORTURE_RUNS` for more or fewer of them.
 */
const { TORTURE_RUNS = '300', TORTURE_SEED, TORTURE_PATH } = process.env;

test(`in ${TORTURE_RUNS} random worlds nothing is lost and the report tells the truth`, async (t) => {
  let survived = 0;
  const world = fc.asyncProperty(scenarios, async (scenario) => {
    await survives(scenario);
    survived += 1;
  });
  await fc.assert(world, {
    numRuns: Number(TORTURE_RUNS),
    // Making a failure small must not take longer than finding it.
    interruptAfterTimeLimit: 240_000,
    ...(TORTURE_SEED !== undefined && { seed: Number(TORTURE_SEED) }),
    ...(TORTURE_PATH !== undefined && { path: TORTURE_PATH }),
  });
  t.diagnostic(`${survived} worlds`);
  assert.ok(
    survived >= Math.min(30, Number(TORTURE_RUNS)) || TORTURE_PATH !== undefined,
    'too slow to show anything',
  );
});

async function survives(scenario: Scenario): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 's3-backup-world-'));
  const server = await startS3Server({ directory: join(root, 'store'), buckets: [TEST_BUCKET] });
  const client = bucketClient(server);
  try {
    const place = new Place(root, server, client);
    await plant(place, scenario);
    await runAndJudge(place, scenario);
    await runToTheEnd(place, scenario);
  } finally {
    client.destroy();
    await server.close();
    rmSync(root, { recursive: true, force: true });
  }
}

async function plant(place: Place, { files, options }: Scenario): Promise<void> {
  const { deleteAfterUpload, overwrite = deleteAfterUpload ? 'never' : 'if-different' } = options;
  for (const { path, size, existing } of files) {
    const bytes = Buffer.alloc(size, `content of ${path} `);
    place.add({ [path]: bytes });
    if (existing === 'nothing') continue;
    await place.store(path, existing === 'same' ? bytes : `somebody else's ${path}`);
    if (overwrite !== 'never') place.ledger.noteReplaceable(`moved/${path}`);
  }
}

async function runAndJudge(place: Place, scenario: Scenario): Promise<void> {
  const { files, options, faults, changes, stopAfter } = scenario;
  for (const plan of faults) place.server.faults.plan(plan);
  for (const { file, operation, change } of changes) {
    const { path } = files[file % files.length] ?? { path: '' };
    place.at(operation, path, () => {
      if (existsSync(place.path(path))) change.act(place, path);
    });
  }
  const stop = new AbortController();
  if (stopAfter !== undefined) {
    const run = () => stop.abort('SIGTERM');
    place.server.faults.plan({ operation: '*', skip: stopAfter, do: { kind: 'call', run } });
  }
  const report = await run(() => place.move({ ...options, signal: stop.signal }));
  place.server.faults.clear();
  const found = await place.look();
  assert.deepEqual(place.ledger.losses(found), []);
  if (report) assert.deepEqual(untruths(report, place.ledger, found), []);
  assert.deepEqual(found.claimFolders, []);
}

/** Undefined when nothing was touched: the first request failed. */
async function run(move: () => Promise<Report>): Promise<Report | undefined> {
  try {
    return await move();
  } catch (error) {
    if (error instanceof BackupError && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}

/** With nothing going wrong any more, one run ends the work. */
async function runToTheEnd(place: Place, { options }: Scenario): Promise<void> {
  for (const { path } of filesOf(place)) place.ledger.noteReplaceable(path);
  const report = await place.move({ overwrite: 'if-different', onChange: 'retry', verify: options.verify });
  const found = await place.look();
  assert.deepEqual(place.ledger.losses(found), []);
  assert.equal(report.exit_code, 0);
  assert.equal(found.files.size, 0);
}

function filesOf({ ledger }: Place): { path: string }[] {
  return ledger.paths.map((raw) => ({ path: ledger.keyOf(raw) ?? '' }));
}
