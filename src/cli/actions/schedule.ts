import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { loadConfig } from '../config/index.ts';
import { homeFolder } from '../config/sources/places.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/printable.ts';
import { cronLines } from '../schedule/cron-lines.ts';
import { installCron } from '../schedule/crontab.ts';
import { parseEvery } from '../schedule/every.ts';
import { installedSchedules, type Meant, onlyOne, statusOfAll } from '../schedule/installed.ts';
import type { Job } from '../schedule/job.ts';
import { jobFrom, nameFor, requireOwnProgram } from '../schedule/job-from-config.ts';
import { labelOf, plistText } from '../schedule/launchd-plist.ts';
import { installTimer, unitFolder, unitsOf } from '../schedule/timers.ts';

/** What starts runs at their time. */
export const SCHEDULERS = ['systemd', 'cron', 'launchd'] as const;
type Scheduler = (typeof SCHEDULERS)[number];

export interface ScheduleFlags {
  /** `status`, or undefined. */
  readonly action?: string | undefined;
  readonly config?: string | undefined;
  readonly every?: string | undefined;
  readonly name?: string | undefined;
  readonly with?: string | undefined;
  readonly user: boolean;
  readonly install: boolean;
  readonly remove: boolean;
}

/**
 * Runs `s3-backup schedule`: prints the schedule of a configuration, installs or removes it, or says when it runs.
 *
 * @returns the exit code
 * @throws BackupError `BAD_OPTION`, `SCHEDULE_FAILED`; ConfigError
 */
export function scheduleAction(context: CliContext, flags: ScheduleFlags): number {
  requireOneAction(flags);
  if (flags.action === 'status') return showAll(context, flags);
  if (flags.remove) return removeOne(context, flags);
  const { cwd, env, stdout, stderr } = context;
  const { config: configFile, every = '', name, user: forUser } = flags;
  const scheduler = schedulerOf(flags);
  const parsed = parseEvery(every);
  const loaded = loadConfig({ cwd, env, configFile });
  for (const warning of loaded.warnings) stderr.write(`s3-backup: ${oneLine(warning)}\n`);
  const job = jobFrom(context, loaded, { every: parsed, configFile, name, forUser });
  if (flags.install) return install(context, job, scheduler);
  stdout.write(textOf(context, job, scheduler));
  return EXIT_CODES.ok;
}

function requireOneAction({ action, every, install: installs, remove }: ScheduleFlags): void {
  if (action !== undefined && action !== 'status')
    throw refused(`"${action}" is nothing that schedule can do; give status, --every, or --remove.`);
  const asked = [action, every, remove || undefined].filter((each) => each !== undefined);
  if (asked.length > 1) throw refused('status, --every and --remove exclude each other.');
  if (asked.length === 0)
    throw refused('schedule needs --every, such as --every 02:15; or status, or --remove.');
  if (installs && every === undefined) throw refused('--install needs --every.');
}

function schedulerOf({ with: given, user }: ScheduleFlags): Scheduler {
  const found = SCHEDULERS.find((each) => each === given);
  if (given !== undefined && found === undefined)
    throw refused(`--with is ${JSON.stringify(given)}; use ${SCHEDULERS.join(', ')}.`);
  const usual = existsSync('/run/systemd/system') ? 'systemd' : 'cron';
  const scheduler = found ?? (process.platform === 'darwin' ? 'launchd' : usual);
  if (user && scheduler === 'cron')
    throw refused('--user is for systemd; a crontab always belongs to the user who installs it.');
  return scheduler;
}

function textOf(context: CliContext, job: Job, scheduler: Scheduler): string {
  if (scheduler === 'cron') return cronLines(job);
  if (scheduler === 'launchd') return plistText(job, logOf(context, job));
  const folder = unitFolder(context, job.forUser);
  return Object.entries(unitsOf(job))
    .map(([name, text]) => `# ${join(folder, name)}\n${text}`)
    .join('\n');
}

function logOf({ env }: CliContext, { name }: Job): string {
  return join(homeFolder(env) ?? '/', 'Library/Logs', `${name}.log`);
}

function install(context: CliContext, job: Job, scheduler: Scheduler): number {
  const { stdout } = context;
  if (scheduler === 'launchd') {
    const file = `~/Library/LaunchAgents/${labelOf(job)}.plist`;
    throw new BackupError('BAD_OPTION', '--install is for systemd and cron.', {
      hint: `Save what is printed without --install as ${file}, then: launchctl bootstrap gui/$(id -u) ${file}`,
    });
  }
  if (scheduler === 'cron') {
    installCron(context, job);
    stdout.write(`Installed ${job.name} in the crontab of this user: ${job.every.text}\n`);
    return EXIT_CODES.ok;
  }
  if (!job.forUser) requireOwnProgram(job);
  const units = installTimer(context, job);
  stdout.write(`Installed ${units.join(' and ')}\n${lingerNote(job)}When: s3-backup schedule status\n`);
  return EXIT_CODES.ok;
}

function lingerNote({ forUser }: Job): string {
  return forUser ? 'It runs while you are logged in; always, after: loginctl enable-linger\n' : '';
}

function showAll(context: CliContext, flags: ScheduleFlags): number {
  const meant = meantBy(flags);
  const found = installedSchedules(context, meant);
  if (found.length === 0) throw none(meant.name);
  context.stdout.write(statusOfAll(context, found));
  return EXIT_CODES.ok;
}

function removeOne(context: CliContext, flags: ScheduleFlags): number {
  const meant = meantBy(flags);
  const one = onlyOne(installedSchedules(context, meant), meant);
  if (one === undefined) throw none(meant.name);
  one.remove();
  context.stdout.write(`Removed ${one.name}\n`);
  return EXIT_CODES.ok;
}

/** Which schedules `status` and `--remove` are about. */
function meantBy(flags: ScheduleFlags): Meant {
  const { name, config, user } = flags;
  const scheduler = flags.with === undefined ? undefined : schedulerOf(flags);
  if (scheduler === 'launchd') throw refused('status and --remove are for systemd and cron.');
  const wanted = name !== undefined || config !== undefined ? nameFor(name, config ?? '') : undefined;
  return { name: wanted, scheduler, user };
}

function none(wanted: string | undefined): BackupError {
  const which = wanted === undefined ? 'no schedule' : `no schedule ${wanted}`;
  return new BackupError('SCHEDULE_FAILED', `There is ${which} of s3-backup on this machine.`, {
    hint: 'To install one: s3-backup schedule --every 02:15 --install',
  });
}

function refused(message: string): BackupError {
  return new BackupError('BAD_OPTION', message);
}
