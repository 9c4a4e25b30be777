import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RunControl } from '../../../src/flow/run-control.ts';
import { limitDuration } from '../../../src/run/limit-duration.ts';

const DAY = 86_400;

/** A control with a limit, and a clock that moves by hand. */
function useLimit(t: TestContext, limit: number | undefined, begun = 0) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const control = new RunControl();
  const clock = { seconds: begun };
  const end = limitDuration(control, clock, limit);
  t.after(() => {
    end();
    control.close();
  });
  const wait = (seconds: number) => {
    clock.seconds += seconds;
    t.mock.timers.tick(seconds * 1000);
  };
  return { control, wait, end };
}

function endOf({ stopping, failure }: RunControl) {
  return [stopping.aborted, failure && `${failure.code}: ${failure.message}`];
}

test('a run ends when it has taken as long as it may, and not before', (t) => {
  const { control, wait } = useLimit(t, 3600, 600);
  wait(2999);
  assert.deepEqual(endOf(control), [false, undefined]);
  wait(1);
  assert.deepEqual(endOf(control), [true, 'MAX_DURATION: The run may take 3600 s, and these are over.']);
});

test('a limit of months is longer than a timer of Node.js can be, and holds', (t) => {
  const { control, wait } = useLimit(t, 60 * DAY);
  for (let day = 0; day < 59; day += 1) wait(DAY);
  assert.deepEqual(endOf(control), [false, undefined]);
  wait(DAY);
  assert.equal(endOf(control)[0], true);
});

test('a run that has waited for longer than it may take ends at once', (t) => {
  assert.equal(useLimit(t, 5, 6).control.failure?.code, 'MAX_DURATION');
});

test('a limit that was removed, or never set, ends nothing', (t) => {
  const removed = useLimit(t, 5);
  removed.end();
  removed.wait(10);
  assert.equal(removed.control.failure, undefined);
  t.mock.timers.reset();
  const none = useLimit(t, undefined);
  none.wait(100 * DAY);
  assert.equal(none.control.failure, undefined);
});
