import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitAt, parseTimetable } from '../../../../src/cli/config/index.ts';
import { sandbox } from './sandbox.ts';

const MIB = 1024 ** 2;
const NONE = Number.POSITIVE_INFINITY;
const at = (time: string) => new Date(`2026-03-02T${time}:00`);

for (const [text, limit] of [
  ['10M', 10 * MIB],
  ['10MiB', 10 * MIB],
  [' 1G ', 1024 * MIB],
  ['16384', 16384],
  ['off', NONE],
  ['OFF', NONE],
  ['0', NONE],
] as const) {
  test(`${JSON.stringify(text)} is a limit for the whole day`, () => {
    for (const time of ['00:00', '12:00', '23:59'])
      assert.equal(limitAt(parseTimetable(text), at(time)), limit);
  });
}

test('a step of a timetable holds until the next one, and the last one until the first of the next day', () => {
  const timetable = parseTimetable('19:00=off  08:00=10M 12:30=20M');
  for (const [time, limit] of [
    ['00:00', NONE],
    ['07:59', NONE],
    ['08:00', 10 * MIB],
    ['12:29', 10 * MIB],
    ['12:30', 20 * MIB],
    ['18:59', 20 * MIB],
    ['19:00', NONE],
    ['23:59', NONE],
  ] as const) {
    assert.equal(limitAt(timetable, at(time)), limit, time);
  }
});

test('local time decides when daylight saving time begins or ends', (t) => {
  const zone = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
  t.after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  const timetable = parseTimetable('01:00=1M 02:30=2M');
  for (const [moment, limit] of [
    ['2026-03-29T00:59:00Z', MIB],
    // From 01:59 the clock goes to 03:00: the step of 02:30 has begun.
    ['2026-03-29T01:00:00Z', 2 * MIB],
    ['2026-10-25T00:29:00Z', MIB],
    ['2026-10-25T00:30:00Z', 2 * MIB],
    // It is 02:00 for the second time.
    ['2026-10-25T01:00:00Z', MIB],
    ['2026-10-25T01:30:00Z', 2 * MIB],
    ['2026-10-26T00:00:00Z', MIB],
  ] as const) {
    assert.equal(limitAt(timetable, new Date(moment)), limit, moment);
  }
});

for (const value of [
  '',
  '10',
  '15K',
  '10MB',
  'fast',
  '-1',
  '10M 20M',
  '8=10M',
  '08:00',
  '08:00=',
  '24:00=1M',
  '08:60=1M',
  '08:00=1M,19:00=off',
  '08:00=1M 8:00=2M',
  '08:00=10',
]) {
  test(`${JSON.stringify(value)} is refused`, (t) => {
    const { problems } = sandbox(t).refused({ flags: { 'transfer.bwlimit': { value, flag: '--bwlimit' } } });
    assert.deepEqual(problems, [
      `--bwlimit: transfer.bwlimit: ${JSON.stringify(value)} is not allowed; use a size per second from 16K (10M, 1GiB), ` +
        'off, or times with one limit each: 08:00=10M 19:00=off; each time only once',
    ]);
  });
}

test('a limit is read from every format as it was written', (t) => {
  for (const [text, value] of [
    ['transfer:\n  bwlimit: 10M\n', '10M'],
    ['transfer:\n  bwlimit: 20000\n', '20000'],
    ['transfer:\n  bwlimit: false\n', 'off'],
    ['transfer:\n  bwlimit: 08:00=10M 19:00=off\n', '08:00=10M 19:00=off'],
    ['{"transfer": {"bwlimit": "1G"}}', '1G'],
    ['[transfer]\nbwlimit = 08:00=10M 19:00=off\n', '08:00=10M 19:00=off'],
  ] as const) {
    const box = sandbox(t);
    box.write('cwd/.backuprc', text);
    assert.equal(box.load().settings.transfer.bwlimit, value, text);
  }
});
