import { BackupError } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { type CronSchedule, schedulesIn, withoutSchedule, withSchedule } from './cron-lines.ts';
import type { Job } from './job.ts';
import { requireTool, runTool } from './run-tool.ts';

/**
 * Reads the crontab of this user; '' if there is none.
 *
 * @throws BackupError `SCHEDULE_FAILED`
 */
function readCrontab(context: CliContext): string {
  const { code, stdout, stderr } = runTool(context, ['crontab', '-l']);
  if (code === 0) return stdout;
  if (/no crontab for/i.test(stderr)) return '';
  throw new BackupError('SCHEDULE_FAILED', `crontab -l: ${stderr.trim() || `exit code ${code}`}`);
}

/**
 * Puts a schedule into the crontab of this user, in the place of an earlier one.
 *
 * @throws BackupError `SCHEDULE_FAILED` if the name is that of another configuration, or if cron refuses
 */
export function installCron(context: CliContext, job: Job): void {
  const crontab = readCrontab(context);
  const other = schedulesIn(crontab).find(({ name, config }) => name === job.name && config !== job.config);
  if (other)
    throw new BackupError('SCHEDULE_FAILED', `${job.name} in the crontab is that of ${other.config}.`, {
      hint: 'Choose another name with --name.',
    });
  requireTool(context, ['crontab', '-'], withSchedule(crontab, job));
}

/** Takes a schedule out of the crontab of this user. */
export function removeCron(context: CliContext, name: string): void {
  requireTool(context, ['crontab', '-'], withoutSchedule(readCrontab(context), name));
}

/** The schedules in the crontab of this user; none if there is no cron. */
export function installedCrons(context: CliContext): CronSchedule[] {
  try {
    return schedulesIn(readCrontab(context));
  } catch (error) {
    if (error instanceof BackupError) return [];
    throw error;
  }
}
