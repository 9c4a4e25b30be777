/**
 * The program of the child processes of a run. Options, files and stops come from the parent as messages, results go back in
 * the same way. It ignores signals, and ends when the parent does.
 */
import process from 'node:process';
import { BackupError, messageOf } from '../../core/errors.ts';
import { keepHeapSmall } from '../../core/keep-heap-small.ts';
import { overlookProcesses } from '../../source/open-writers.ts';
import { ChildRun } from './child-run.ts';
import type { Beginning, FromChild, ToChild } from './messages.ts';
import { deserializeError, serializeError } from './serialized-error.ts';

/** Time for aborted requests to end, and for parts of uploads to be removed, after the parent is gone. Milliseconds. */
const LAST_MS = 3_000;

keepHeapSmall();

// A terminal sends Ctrl-C to every process. The parent gets it, too, and stops its children.
// SIGUSR1 may be sent to the whole group as well, and would make Node.js open the port of its debugger.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined);

process.once('message', (first: Beginning) => {
  const run = new ChildRun(first, send);
  run.ended.then(() => leave(0), leaveBroken);
  process.on('message', (message: ToChild) => obey(run, message));
  // The parent holds the lock and counts the files: without it the work must end.
  process.once('disconnect', () => {
    run.control.abort();
    run.takeNoMore();
    setTimeout(() => process.exit(), LAST_MS).unref();
  });
});

function obey(run: ChildRun, message: ToChild): void {
  if (message.kind === 'files') run.take(message.orders);
  else if (message.kind === 'limit') run.limitTo(message.bytesPerSecond);
  else if (message.kind === 'granted') run.onGranted(message.granted);
  else if (message.kind === 'renewed') run.onRenewed(message.renewed);
  else if (message.kind === 'siblings') overlookProcesses(message.pids);
  else if (message.kind === 'end') run.takeNoMore();
  else if (message.kind === 'abort') run.control.abort();
  else if (message.failure) run.control.fail(deserializeError(message.failure));
  else run.control.stop();
}

function send(message: FromChild, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, sent);
}

/** Ends the process after the messages that are still on their way. */
function leave(code: number): void {
  process.exitCode = code;
  send({ kind: 'progress', bytes: 0, sentBytes: 0, atOnce: 0, inWork: [] }, () => process.disconnect());
}

/** Ends the process after a bug. The parent settles the files that it had in work. */
function leaveBroken(error: unknown): void {
  const known = error instanceof BackupError ? error : new BackupError('INTERNAL', messageOf(error));
  send({ kind: 'failed', failure: serializeError(known) });
  leave(1);
}
