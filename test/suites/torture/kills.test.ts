import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBucketClient } from '../../support/bucket.ts';
import { killField } from '../../support/kill-program.ts';
import { killRun, type Phase } from '../../support/kill-run.ts';
import { useProgram } from '../../support/program.ts';
import { useS3Server } from '../../support/s3-server.ts';

/**
 * `TORTURE_KILLS=30` for fewer or more runs of each signal, `TORTURE_SEED=1017` for exactly one. The moment is random,
 * so a failure may need a few tries: the machine's speed is not in the seed.
 */
const { TORTURE_KILLS, TORTURE_SEED } = process.env;
const RUNS: Readonly<Record<string, number>> = { SIGKILL: 160, SIGTERM: 80, SIGINT: 80 };
const FIRST_SEED = 1000;
/** A run is mostly one process: more at once would only wait for one another. */
const AT_ONCE = 3;

const program = useProgram();

for (const [signal, usual] of Object.entries(RUNS)) {
  const runs = TORTURE_SEED ? 1 : Number(TORTURE_KILLS ?? usual);
  test(`${runs} runs that are ended by ${signal} at a random moment lose nothing, and the next run ends the work`, async (t) => {
    const server = await useS3Server(t);
    const field = killField(program.bin, server, useBucketClient(t, server));
    const phases: Record<Phase, number> = { before: 0, uploading: 0, claimed: 0, deleting: 0, done: 0 };
    const seeds = Array.from({ length: runs }, (_, index) => Number(TORTURE_SEED ?? FIRST_SEED) + index);
    const work = async () => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        try {
          phases[await killRun(field, signal as NodeJS.Signals, seed)] += 1;
        } catch (error) {
          seeds.length = 0;
          throw new Error(`${signal}, TORTURE_SEED=${seed}: ${(error as Error).message}`, { cause: error });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    t.diagnostic(`${signal}: ${JSON.stringify(phases)}`);
    // Runs that were all ended too early or too late would show nothing.
    if (runs >= 50)
      assert.ok(phases.before > 0 && phases.uploading > 0 && phases.done > 0, JSON.stringify(phases));
  });
}
