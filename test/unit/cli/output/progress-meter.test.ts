import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newProgress, ProgressMeter } from '../../../../src/cli/output/progress-meter.ts';

const MB = 1e6;
const GB = 1e9;

/** A run whose clock and counters a test moves on. */
function useRun(files: number, bytes: number, moves: 'transferredBytes' | 'bytes' = 'transferredBytes') {
  let now = 0;
  const progress = { ...newProgress(false), total: { files, bytes, isComplete: true } };
  const meter = new ProgressMeter(progress, { moves, now: () => now });
  const second = (change: () => void = () => undefined) => {
    now += 1000;
    change();
    meter.sample();
  };
  /** Settles files of a size. @param isMoved Whether they were sent. */
  const settle = (count: number, size: number, isMoved: boolean) => {
    progress.files += count;
    progress.done.files += count;
    progress.done.bytes += count * size;
    if (!isMoved) return;
    progress.transferredBytes += count * size;
    progress.done.movedFiles += count;
    progress.done.movedBytes += count * size;
  };
  return { progress, meter, second, settle };
}

test('the rate is that of the last ten seconds, not of the whole run', () => {
  const { meter, second, settle } = useRun(1000, 1000 * MB);
  for (let at = 0; at < 20; at += 1) second(() => settle(10, MB, true));
  assert.equal(meter.view().rates?.bytes, 10 * MB);
  for (let at = 0; at < 5; at += 1) second(() => settle(2, MB, true));
  assert.equal(meter.view().rates?.bytes, 6 * MB);
  for (let at = 0; at < 5; at += 1) second(() => settle(2, MB, true));
  assert.equal(meter.view().rates?.bytes, 2 * MB);
  for (let at = 0; at < 10; at += 1) second();
  assert.equal(meter.view().rates?.bytes, 0);
});

test('in the first second there is no rate, and in the first three no time left', () => {
  const { meter, second, settle } = useRun(100, 100 * MB);
  settle(1, MB, true);
  assert.deepEqual([meter.view().rates, meter.view().secondsLeft], [undefined, undefined]);
  second(() => settle(1, MB, true));
  second(() => settle(1, MB, true));
  assert.equal(meter.view().rates?.bytes, 1.5 * MB);
  assert.equal(meter.view().secondsLeft, undefined);
  second(() => settle(1, MB, true));
  assert.ok(meter.view().secondsLeft);
});

test('the time left of a steady run is what it then takes', () => {
  const { meter, second, settle } = useRun(1000, 1000 * MB);
  for (let at = 0; at < 20; at += 1) second(() => settle(10, MB, true));
  assert.equal(Math.round(meter.view().secondsLeft ?? 0), 80);
});

test('a large file that is being sent counts by what of it is sent, and nothing goes back when it is settled', () => {
  const { progress, meter, second, settle } = useRun(2, 2 * GB);
  const file = { path: 'large', size: GB, doneBytes: 0 };
  progress.inWork.add(file);
  for (let at = 0; at < 10; at += 1)
    second(() => {
      file.doneBytes += 50 * MB;
      progress.transferredBytes += 50 * MB;
    });
  assert.equal(meter.view().doneBytes, 500 * MB);
  assert.equal(meter.view().share?.toFixed(2), '0.25');
  assert.equal(Math.round(meter.view().secondsLeft ?? 0), 30);
  file.doneBytes = GB;
  progress.transferredBytes = GB;
  assert.equal(meter.view().doneBytes, GB);
  // Until S3 has proved it, the file is neither in work nor settled.
  progress.inWork.delete(file);
  assert.equal(meter.view().doneBytes, GB);
  settle(1, GB, false);
  assert.equal(meter.view().doneBytes, GB);
});

test('one new file among many unchanged ones does not make the run seem endless', () => {
  const { progress, meter, second, settle } = useRun(100_001, 1010 * GB);
  for (let at = 0; at < 3; at += 1) second(() => settle(20_000, 10 * MB, false));
  const file = { path: 'new', size: 10 * GB, doneBytes: 0 };
  progress.inWork.add(file);
  for (let at = 0; at < 30; at += 1)
    second(() => {
      file.doneBytes += 10 * MB;
      progress.transferredBytes += 10 * MB;
    });
  // 400 GB are left, of which 9.7 GB are to be sent, at 10 MB a second.
  const left = meter.view().secondsLeft ?? 0;
  assert.ok(left > 900 && left < 1100, `${left} s`);
});

test('after many small files a large one takes as long as its bytes', () => {
  const { progress, meter, second, settle } = useRun(2001, 85 * MB);
  const file = { path: 'large', size: 80 * MB, doneBytes: 0 };
  for (let at = 0; at < 4; at += 1) second(() => settle(500, 2500, true));
  progress.inWork.add(file);
  for (let at = 0; at < 5; at += 1)
    second(() => {
      file.doneBytes += 4 * MB;
      progress.transferredBytes += 4 * MB;
    });
  // 60 MB at 4 MB a second.
  const left = meter.view().secondsLeft ?? 0;
  assert.ok(left > 10 && left < 20, `${left} s`);
});

test('while a large file is sent, small ones behind it count more than their bytes, but not as many large ones', () => {
  const { progress, meter, second } = useRun(1001, 100 * MB);
  const file = { path: 'large', size: 90 * MB, doneBytes: 0 };
  progress.inWork.add(file);
  for (let at = 0; at < 5; at += 1)
    second(() => {
      file.doneBytes += 10 * MB;
      progress.transferredBytes += 10 * MB;
    });
  // 50 MB, and a thousand files, at 10 MB a second.
  const left = meter.view().secondsLeft ?? 0;
  assert.ok(left > 6 && left < 15, `${left} s`);
});

test('an unchanged tree takes as long as its files pass', () => {
  const { meter, second, settle } = useRun(100_000, 1000 * GB);
  for (let at = 0; at < 5; at += 1) second(() => settle(10_000, 10 * MB, false));
  assert.equal(Math.round(meter.view().secondsLeft ?? 0), 5);
});

test('if all that follows unchanged files is new, the time left shows it after some hundred files', () => {
  const { meter, second, settle } = useRun(20_000, 20_000 * MB);
  for (let at = 0; at < 10; at += 1) second(() => settle(1000, MB, false));
  for (let at = 0; at < 30; at += 1) second(() => settle(100, MB, true));
  // 7,000 files at 100 a second.
  const left = meter.view().secondsLeft ?? 0;
  assert.ok(left > 60 && left <= 70, `${left} s`);
});

test('files that are read and found in the bucket are no reason for a long time left', () => {
  const { meter, second, settle } = useRun(100, 100 * GB);
  for (let at = 0; at < 10; at += 1) second(() => settle(5, GB, false));
  assert.equal(Math.round(meter.view().secondsLeft ?? 0), 10);
});

test('a verification moves what it reads', () => {
  const { progress, meter, second, settle } = useRun(100, 100 * MB, 'bytes');
  for (let at = 0; at < 10; at += 1)
    second(() => {
      settle(5, MB, false);
      progress.bytes += 5 * MB;
    });
  const { movedBytes, isAllMoved, rates, secondsLeft } = meter.view();
  assert.deepEqual([movedBytes, isAllMoved, rates?.bytes], [50 * MB, true, 5 * MB]);
  assert.equal(Math.round(secondsLeft ?? 0), 10);
});

test('while the endpoint is away there is neither a rate nor a time left', () => {
  const { progress, meter, second, settle } = useRun(100, 100 * MB);
  for (let at = 0; at < 5; at += 1) second(() => settle(5, MB, true));
  progress.isAway = true;
  const { isAway, rates, secondsLeft } = meter.view();
  assert.deepEqual([isAway, rates, secondsLeft], [true, undefined, undefined]);
});

test('a count that cannot be right is not shown: more files, or a stream longer than expected', () => {
  const more = useRun(3, 3);
  more.settle(4, 1, true);
  assert.deepEqual([more.meter.view().total, more.meter.view().share], [undefined, undefined]);
  const longer = useRun(1, 100);
  longer.progress.inWork.add({ path: 'stream', size: 102, doneBytes: 102 });
  assert.deepEqual([longer.meter.view().total, longer.meter.view().share], [undefined, undefined]);
});

test('a share is never above 1, although a file has grown a little, and below it until all files are settled', () => {
  const { progress, meter, settle } = useRun(3, 1500);
  settle(2, 502, true);
  const last = { path: 'last', size: 502, doneBytes: 502 };
  progress.inWork.add(last);
  assert.equal(meter.view().share, 0.99);
  progress.inWork.delete(last);
  settle(1, 502, true);
  assert.equal(meter.view().share, 1);
});

test('a count that is not complete gives a number of files, but no share and no time', () => {
  const { progress, meter, second, settle } = useRun(50, 50 * MB);
  progress.total.isComplete = false;
  for (let at = 0; at < 5; at += 1) second(() => settle(5, MB, true));
  const { total, share, secondsLeft } = meter.view();
  assert.deepEqual([total?.files, share, secondsLeft], [50, undefined, undefined]);
});

test('a clock that stood still for an hour gives no rate of the hour before', () => {
  let now = 0;
  const progress = newProgress(false);
  const meter = new ProgressMeter(progress, { moves: 'transferredBytes', now: () => now });
  now = 1000;
  progress.transferredBytes = 36 * MB;
  meter.sample();
  now += 3_600_000;
  meter.sample();
  assert.equal(meter.view().rates?.bytes, 0);
});
