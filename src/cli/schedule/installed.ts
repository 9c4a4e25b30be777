import { BackupError, messageOf } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/printable.ts';
import { installedCrons, removeCron } from './crontab.ts';
import { cronStatus, timerStatus } from './schedule-status.ts';
import { installedTimers, removeTimer } from './timers.ts';

/** A schedule that was installed here. */
export interface Installed {
  readonly name: string;
  /** Where it is, for messages. */
  readonly place: string;
  /** The options that choose this place. */
  readonly options: string;
  /** @throws BackupError `SCHEDULE_FAILED` if its scheduler cannot be asked */
  status(): string;
  /** @throws BackupError `SCHEDULE_FAILED` */
  remove(): void;
}

/** Which of the installed schedules are meant. */
export interface Meant {
  /** Full name; undefined for each. */
  readonly name: string | undefined;
  /** Undefined for both. */
  readonly scheduler: 'systemd' | 'cron' | undefined;
  /** Whether only timers of this user are meant. */
  readonly user: boolean;
}

/** The schedules that were installed here, by this user or for the system. */
export function installedSchedules(context: CliContext, { name, scheduler, user }: Meant): Installed[] {
  const timers = scheduler === 'cron' ? [] : installedTimers(context);
  const crons = scheduler === 'systemd' || user ? [] : installedCrons(context);
  return [
    ...timers
      .filter(({ forUser }) => forUser || !user)
      .map((timer) => ({
        name: timer.name,
        place: timer.forUser ? 'timer of this user' : 'timer of the system',
        options: timer.forUser ? '--with systemd --user' : '--with systemd',
        status: () => timerStatus(context, timer),
        remove: () => removeTimer(context, timer),
      })),
    ...crons.map((cron) => ({
      name: cron.name,
      place: 'crontab of this user',
      options: '--with cron',
      status: () => cronStatus(cron),
      remove: () => removeCron(context, cron.name),
    })),
  ].filter((each) => name === undefined || each.name === name);
}

/**
 * Says of each schedule when it runs. A schedule whose scheduler cannot be asked gets one line on stderr, if another one can.
 *
 * @throws BackupError `SCHEDULE_FAILED` if none can be asked
 */
export function statusOfAll({ stderr }: CliContext, all: readonly Installed[]): string {
  const texts: string[] = [];
  const failed: { readonly each: Installed; readonly error: BackupError }[] = [];
  for (const each of all)
    try {
      texts.push(each.status());
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      failed.push({ each, error });
    }
  const [first] = failed;
  if (first !== undefined && texts.length === 0) throw first.error;
  for (const { each, error } of failed)
    stderr.write(`s3-backup: ${each.name} (${each.place}) is not shown: ${oneLine(messageOf(error))}\n`);
  return texts.join('');
}

/**
 * The one schedule to remove. `--with systemd` without `--user` prefers the timer of the system, as with `--install`.
 *
 * @throws BackupError `BAD_OPTION` if there are several
 */
export function onlyOne(all: readonly Installed[], meant: Meant): Installed | undefined {
  const ofSystem = all.filter(({ options }) => options === '--with systemd');
  const isSameName = new Set(all.map(({ name }) => name)).size === 1;
  const left = meant.scheduler === 'systemd' && isSameName && ofSystem.length === 1 ? ofSystem : all;
  if (left.length <= 1) return left[0];
  const choices = left.map((each) => {
    const isTwice = left.some((other) => other !== each && other.name === each.name);
    const words = [...(isSameName ? [] : [`--name ${each.name}`]), ...(isTwice ? [each.options] : [])];
    return `${each.name} (${each.place}; ${words.join(' ')})`;
  });
  throw new BackupError(
    'BAD_OPTION',
    `There are several: ${choices.join(', ')}. Choose one with the options behind it.`,
  );
}
