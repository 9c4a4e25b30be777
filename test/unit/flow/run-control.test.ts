import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BackupError, type FatalCode } from '../../../src/core/errors.ts';
import { RunControl } from '../../../src/flow/run-control.ts';

const GRACE_MS = 5_000;

function useControl(t: TestContext, signal?: AbortSignal): RunControl {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const control = new RunControl(signal);
  t.after(() => control.close());
  return control;
}

function stateOf({ stopping, aborting, failure, reason }: RunControl) {
  return [stopping.aborted, aborting.aborted, failure?.code, reason.code];
}

const error = (code: FatalCode) => new BackupError(code, `it was ${code}`);

test('a stop begins nothing new at once, and ends what is under way after 5 s', (t) => {
  const stop = new AbortController();
  const control = useControl(t, stop.signal);
  assert.deepEqual(stateOf(control).slice(0, 3), [false, false, undefined]);
  stop.abort();
  t.mock.timers.tick(GRACE_MS - 1);
  assert.deepEqual(stateOf(control), [true, false, undefined, 'INTERRUPTED']);
  t.mock.timers.tick(1);
  assert.deepEqual(stateOf(control), [true, true, undefined, 'INTERRUPTED']);
});

test('the limit on time does the same, and names itself', (t) => {
  const control = useControl(t);
  control.fail(error('MAX_DURATION'));
  t.mock.timers.tick(GRACE_MS - 1);
  assert.deepEqual(stateOf(control), [true, false, 'MAX_DURATION', 'INTERRUPTED']);
  assert.match(control.reason.reason, /^the run ended before this file was done: it was MAX_DURATION$/);
  t.mock.timers.tick(1);
  assert.equal(control.aborting.aborted, true);
});

test('at the limit on bytes what is under way has all its time, until a signal comes', (t) => {
  const stop = new AbortController();
  const control = useControl(t, stop.signal);
  control.fail(error('MAX_TRANSFER'));
  t.mock.timers.tick(1_000 * GRACE_MS);
  assert.deepEqual(stateOf(control), [true, false, 'MAX_TRANSFER', 'INTERRUPTED']);
  stop.abort();
  t.mock.timers.tick(GRACE_MS);
  assert.deepEqual(stateOf(control), [true, true, 'MAX_TRANSFER', 'INTERRUPTED']);
});

test('a failure counts more than a limit that was reached before it, and the first of each is kept', (t) => {
  const control = useControl(t);
  control.fail(error('MAX_TRANSFER'));
  control.fail(error('MAX_DURATION'));
  assert.equal(control.failure?.code, 'MAX_TRANSFER');
  control.fail(error('ENDPOINT_LOST'));
  control.fail(error('INTERNAL'));
  assert.deepEqual(stateOf(control), [true, false, 'ENDPOINT_LOST', 'RUN_FAILED']);
  t.mock.timers.tick(GRACE_MS);
  assert.equal(control.aborting.aborted, true);
});
