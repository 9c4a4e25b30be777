import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cronLines } from '../../../../src/cli/schedule/cron-lines.ts';
import { parseEvery } from '../../../../src/cli/schedule/every.ts';
import { nextTime } from '../../../../src/cli/schedule/next-time.ts';
import { calendarOf } from '../../../../src/cli/schedule/systemd-units.ts';
import { jobOf } from '../../../support/job.ts';

const FORMS: readonly (readonly [given: string, systemd: string, cron: string])[] = [
  ['02:15', '*-*-* 02:15:00', '15 2 * * *'],
  ['2:05', '*-*-* 02:05:00', '5 2 * * *'],
  ['23:59', '*-*-* 23:59:00', '59 23 * * *'],
  ['Mon 03:00', 'Mon *-*-* 03:00:00', '0 3 * * 1'],
  ['thu,MON 03:00', 'Mon,Thu *-*-* 03:00:00', '0 3 * * 1,4'],
  ['Mon-Wed,Sun 03:00', 'Sun,Mon,Tue,Wed *-*-* 03:00:00', '0 3 * * 0,1,2,3'],
  ['Sat-Mon 03:00', 'Sun,Mon,Sat *-*-* 03:00:00', '0 3 * * 0,1,6'],
  ['hourly', '*-*-* *:00:00', '0 * * * *'],
  ['1h', '*-*-* *:00:00', '0 * * * *'],
  ['6h', '*-*-* 00/6:00:00', '0 */6 * * *'],
  ['15m', '*-*-* *:00/15:00', '*/15 * * * *'],
];

describe('the time of a schedule', () => {
  for (const [given, systemd, cron] of FORMS)
    it(`may be ${given}`, () => {
      const every = parseEvery(given);
      assert.equal(calendarOf(every), systemd);
      assert.ok(cronLines(jobOf({ every })).includes(`\n${cron} cd `), cronLines(jobOf({ every })));
    });

  for (const wrong of [
    '',
    '24:00',
    '02:60',
    '2',
    'daily',
    'Mon',
    'Mo 02:15',
    'Mon- 02:15',
    'Mon-Tue-Wed 02:15',
    '5h',
    '7m',
    '90s',
    '*/5 * * * *',
  ])
    it(`may not be ${JSON.stringify(wrong)}, and the error names what may be`, () => {
      const allowed =
        /^--every is ".*"; use 02:15 .*"Mon-Fri 02:15", hourly, 1h 2h 3h 4h 6h 8h 12h, or 5m 10m 15m 20m 30m\.$/;
      assert.throws(() => parseEvery(wrong), { code: 'BAD_OPTION', message: allowed });
    });

  // Local times; 30 November 2026 is a Monday.
  const NEXT: readonly (readonly [given: string, after: string, next: string])[] = [
    ['02:15', '2026-11-30T02:14:59', '2026-11-30T02:15:00'],
    ['02:15', '2026-11-30T02:15:00', '2026-12-01T02:15:00'],
    ['Mon 02:15', '2026-11-30T02:15:00', '2026-12-07T02:15:00'],
    ['Sat,Sun 02:15', '2026-11-30T00:00:00', '2026-12-05T02:15:00'],
    ['6h', '2026-12-31T18:00:01', '2027-01-01T00:00:00'],
    ['15m', '2026-11-30T09:59:59', '2026-11-30T10:00:00'],
    ['hourly', '2026-11-30T09:00:00', '2026-11-30T10:00:00'],
  ];
  for (const [given, after, next] of NEXT)
    it(`${given} comes after ${after} at ${next}`, () => {
      assert.deepEqual(nextTime(parseEvery(given), new Date(after)), new Date(next));
    });
});
