import { Command } from 'clipanion';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** `s3-backup schedule [status]` */
export class ScheduleCommand extends Command<CliContext> {
  static override paths = [['schedule']];

  static override usage = Command.Usage({
    description:
      'Print a systemd timer, a crontab line or a launchd job that runs the configuration, and install or remove it; with status as ACTION, say when it runs',
  });

  action = Option.String({ required: false, name: 'ACTION' });
  config = Option.String('--config,-c', { description: 'configuration file: YAML, JSON or INI' });
  every = Option.String('--every', {
    description: 'when: 02:15, "Mon-Fri 02:15", hourly, 6h, 15m; in local time',
  });
  install = Option.Boolean('--install', false, {
    description: 'install it; without this it is only printed',
  });
  remove = Option.Boolean('--remove', false, { description: 'remove what --install has installed' });
  user = Option.Boolean('--user', false, {
    description: 'systemd: for this user, without root; default: for the system',
  });
  with = Option.String('--with', {
    description: 'systemd, cron or launchd; default: what this system has',
  });
  name = Option.String('--name', {
    description: 'name of the schedule; default: that of the configuration file',
  });

  override async execute(): Promise<number> {
    const { scheduleAction } = await import('../actions/schedule.ts');
    return scheduleAction(this.context, this);
  }
}
