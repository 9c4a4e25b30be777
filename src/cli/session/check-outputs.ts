import { BackupError } from '../../core/errors.ts';
import type { Settings } from '../config/index.ts';
import { pathOfEvents, requireGiven } from '../events/event-output.ts';
import { isStdout } from './is-stdout.ts';

interface NamedOutput {
  /** The setting and its flag. */
  readonly name: string;
  readonly place: string | undefined;
}

/**
 * Makes sure that the events and the metrics have places of their own: in a file, or on stdout, that something else is written
 * to, neither could be read. Must be called before the program opens a file that it keeps open.
 *
 * @throws BackupError `BAD_OPTION` that names both options; `REPORT_NOT_WRITABLE` if the events are to go to a descriptor that
 * the program was not given
 */
export function checkOutputs({ report, logging }: Settings): void {
  const events = named('report.events (--events)', report.events && pathOfEvents(report.events));
  const metrics = named('report.metrics (--metrics)', report.metrics);
  const others = [
    named('report.output_json (--output-json)', report.output_json),
    named('report.html (--html)', report.html),
    named('report.md5sums (--md5sums)', report.md5sums),
    named('logging.log_file (--log-file)', logging.log_file),
  ];
  requireApart(events, [metrics, ...others]);
  requireApart(metrics, others);
  if (report.events !== undefined) requireGiven(report.events);
}

function named(name: string, place: string | undefined): NamedOutput {
  return { name, place: place !== undefined && isStdout(place) ? '-' : place };
}

function requireApart({ name, place }: NamedOutput, others: readonly NamedOutput[]): void {
  const other = others.find((each) => place !== undefined && each.place === place);
  if (other === undefined) return;
  const where = place === '-' ? 'stdout' : place;
  throw new BackupError('BAD_OPTION', `${name} and ${other.name} both write to ${where}.`, {
    hint: 'Give one of them a file of its own.',
  });
}
