import type { Outcome } from '../../flow/item.ts';
import { isStdout } from '../session/is-stdout.ts';
import type { ReportTarget } from '../session/report-target.ts';
import { type EndedRun, EventLog, type EventLogOptions } from './event-log.ts';

/**
 * Extends a report target: each entry is an event, too, and the last one comes at the very end, with the exit code that the program
 * then has.
 *
 * @param place Where the events go: a path, `-` for stdout, `fd:N`, or undefined for no events.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function withEvents<S extends EndedRun, E extends Outcome>(
  target: ReportTarget<S, E>,
  place: string | undefined,
  options: Omit<EventLogOptions, 'place'>,
): ReportTarget<S, E> {
  if (place === undefined) return target;
  const events = open(target, { ...options, place });
  const { entries } = target;
  let written: S | undefined;
  return {
    takesStdout: target.takesStdout || isStdout(place),
    follower: events,
    entries: {
      add(entry) {
        entries.add(entry);
        events.addFile(entry);
      },
      close: () => entries.close(),
      [Symbol.iterator]: () => entries[Symbol.iterator](),
    },
    isReplaced: target.isReplaced,
    write: (summary) => {
      written = summary;
      return target.write(summary);
    },
    end: async (summary, signal) => {
      await target.end?.(summary, signal);
      await events.end(withCounts(summary, written), signal);
    },
    discard: () => {
      events.discard();
      target.discard();
    },
  };
}

function open(target: Pick<ReportTarget, 'discard'>, options: EventLogOptions): EventLog {
  try {
    return new EventLog(options);
  } catch (error) {
    target.discard();
    throw error;
  }
}

/** A run whose report could not be written has only its error in its summary: what the run did was in the one before. */
function withCounts<S extends EndedRun>(summary: S, written: S | undefined): S {
  const { exit_code, error } = summary;
  return error?.code === 'REPORT_NOT_WRITABLE' && written ? { ...written, exit_code, error } : summary;
}
