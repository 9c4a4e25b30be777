/** Many random folders and faults; test/unit/backup/backup.test.ts tries a few. */
import { test } from 'node:test';
import { assertNothingIsEverLost } from '../../support/random-faults.ts';

test('whatever goes wrong in 40 runs, no byte is lost, and every file is in the report once', (t) =>
  assertNothingIsEverLost(t, { runs: 40 }));
