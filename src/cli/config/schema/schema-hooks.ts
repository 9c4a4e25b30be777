import * as v from 'valibot';
import { CLI_DEFAULTS } from '../../../core/defaults.ts';
import { FormError } from '../parse/form-error.ts';
import { parseCommand } from '../parse/parse-command.ts';
import { parseDuration } from '../parse/parse-duration.ts';
import { info } from './setting-info.ts';
import { boolean, orOff, readWith, textOrNumber } from './value-types.ts';

const ALLOWED = 'list of a program and its arguments, for a shell [sh, -c, "..."]; or off';

/** Commands that `run` starts before and after its work. */
export const hooksSchema = v.strictObject({
  before: v.pipe(
    v.optional(orOff(parseCommand)),
    info({
      kind: 'command',
      about:
        'Command that runs before a run begins, to make a snapshot for example. If it fails, the run ends with exit code 1\n' +
        'and nothing is touched. No hook runs in a dry run.',
      allowed: ALLOWED,
      example: ['/usr/local/sbin/snapshot', 'make'],
    }),
  ),
  after: v.pipe(
    v.optional(orOff(parseCommand)),
    info({
      kind: 'command',
      about:
        'Command that runs when a run has ended, however it ended, if hooks.before was started (or none is set): it releases\n' +
        'the snapshot. If it fails, the exit code is 2 instead of 0.',
      allowed: ALLOWED,
      example: ['/usr/local/sbin/snapshot', 'release'],
    }),
  ),
  on_success: v.pipe(
    v.optional(orOff(parseCommand)),
    info({
      kind: 'command',
      about: 'Command that runs last if the exit code is 0. The report is written by then.',
      allowed: ALLOWED,
      example: ['/usr/local/bin/backup-succeeded'],
    }),
  ),
  on_failure: v.pipe(
    v.optional(orOff(parseCommand)),
    info({
      kind: 'command',
      about: 'Command that runs last if the exit code is not 0. The report is written by then.',
      allowed: ALLOWED,
      example: ['/usr/local/bin/backup-failed'],
    }),
  ),
  time_limit: v.pipe(
    v.optional(readWith(timeLimit), CLI_DEFAULTS.hookSeconds),
    info({
      kind: 'duration',
      about:
        'How long one hook may take. Then it is ended with all processes that it has started, and has failed.',
      allowed: 'seconds, or with a unit: 90s, 15m, 12h; 1s to 7d',
    }),
  ),
  pass_credentials: v.pipe(
    v.optional(boolean(), false),
    info({
      kind: 'boolean',
      about: 'Leave the access key and other secrets in the environment of the hooks.',
      allowed: 'true or false',
    }),
  ),
});

const WEEK = 7 * 86_400;

function timeLimit(value: unknown): number {
  const seconds = parseDuration(textOrNumber(value));
  if (seconds < 1 || seconds > WEEK) throw new FormError('a duration from 1s to 7d');
  return seconds;
}
