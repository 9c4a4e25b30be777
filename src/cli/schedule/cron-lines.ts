import { cronText, shellWord } from './escape.ts';
import type { Every, Field } from './every.ts';
import { type Job, markOf } from './job.ts';

/** What ends the lines of a schedule in a crontab. */
const END = '# End of s3-backup schedule';

/** A schedule in a crontab. */
export interface CronSchedule {
  readonly name: string;
  readonly config: string;
  readonly every: string;
}

/**
 * The lines of a schedule in a crontab. With `--quiet` cron mails errors only.
 *
 * @throws BackupError `BAD_OPTION` for a path that cron cannot hold
 */
export function cronLines(job: Job): string {
  const { name, every, folder, command } = job;
  const text = `cd ${cronText([folder])} && ${cronText([...command, '--quiet'])}`;
  return `${markOf(job)}\n# ${name} ${every.text}\n${cronTime(every)} ${text}\n${END} ${shellWord(name)}\n`;
}

/** `15 2 * * 1,4` */
function cronTime({ days, hours, minutes }: Every): string {
  const week = days.length === 0 ? '*' : days.join(',');
  return `${fieldText(minutes)} ${fieldText(hours)} * * ${week}`;
}

function fieldText(field: Field): string {
  if (typeof field === 'number') return String(field);
  return field.step === 1 ? '*' : `*/${field.step}`;
}

const BLOCK =
  /^# Written by s3-backup schedule for (.*)\n# (\S+) (.*)\n(?:.*\n)*?# End of s3-backup schedule \S+\n/gm;

/** The schedules in a crontab. */
export function schedulesIn(crontab: string): CronSchedule[] {
  return [...crontab.matchAll(BLOCK)].map(([, config = '', name = '', every = '']) => ({
    name,
    config,
    every,
  }));
}

/** A crontab without the lines of one schedule. All else stays as it is. */
export function withoutSchedule(crontab: string, name: string): string {
  return crontab.replace(BLOCK, (block, _config, found) => (found === name ? '' : block));
}

/** A crontab with a schedule at its end. */
export function withSchedule(crontab: string, job: Job): string {
  const rest = withoutSchedule(crontab, job.name);
  return `${rest}${rest === '' || rest.endsWith('\n') ? '' : '\n'}${cronLines(job)}`;
}
