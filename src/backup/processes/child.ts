/**
 * The program of the processes that a run shares its work among. It takes everything from its parent, by messages, and
 * tells it everything; it obeys nobody else, and ends when the parent does.
 */
import process from 'node:process';
import { BackupError, messageOf } from '../../core/errors.ts';
import { overlookProcesses } from '../../source/open-writers.ts';
import { ChildRun } from './child-run.ts';
import type { Beginning, FromChild, ToChild } from './messages.ts';
import { deserializeError, serializeError } from './serialized-error.ts';

/** How long what was aborted has to end, and the parts of uploads to be removed. */
const LAST_MS = 3_000;

// A terminal sends Ctrl-C to every process; the parent has it as well, and says what is to be done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.once('message', (first: Beginning) => {
  const run = new ChildRun(first, send);
  run.ended.then(() => leave(0), leaveBroken);
  process.on('message', (message: ToChild) => obey(run, message));
  // Without the parent nobody holds the lock any more, or counts what is done.
  process.once('disconnect', () => {
    run.control.abort();
    run.takeNoMore();
    setTimeout(() => process.exit(), LAST_MS).unref();
  });
});

function obey(run: ChildRun, message: ToChild): void {
  if (message.kind === 'files') run.take(message.orders);
  else if (message.kind === 'limit') run.limitTo(message.bytesPerSecond);
  else if (message.kind === 'siblings') overlookProcesses(message.pids);
  else if (message.kind === 'end') run.takeNoMore();
  else if (message.failure) run.control.fail(deserializeError(message.failure));
  else run.control.stop();
}

function send(message: FromChild, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, sent);
}

/** After the messages that are still on their way. */
function leave(code: number): void {
  process.exitCode = code;
  send({ kind: 'read', bytes: 0 }, () => process.disconnect());
}

/** After a bug: what it had in work is settled by the parent. */
function leaveBroken(error: unknown): void {
  const known = error instanceof BackupError ? error : new BackupError('INTERNAL', messageOf(error));
  send({ kind: 'failed', failure: serializeError(known) });
  leave(1);
}
