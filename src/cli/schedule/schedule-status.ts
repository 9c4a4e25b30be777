import type { CliContext } from '../context.ts';
import { printable } from '../output/printable.ts';
import type { CronSchedule } from './cron-lines.ts';
import { parseEvery } from './every.ts';
import { nextTime } from './next-time.ts';
import { requireTool } from './run-tool.ts';
import { type InstalledTimer, systemctl } from './timers.ts';

/** Says of a timer when its run began last and begins next, in systemd's words. */
export function timerStatus(context: CliContext, timer: InstalledTimer): string {
  const { name, config, forUser } = timer;
  const show = (unit: string) => propertiesIn(requireTool(context, systemctl(forUser, 'show', unit)));
  const [of, run] = [show(`${name}.timer`), show(`${name}.service`)];
  const next = of.get('NextElapseUSecRealtime') || `none: the timer is ${of.get('ActiveState')}`;
  return statusText({
    name,
    config,
    by: forUser ? 'timer of this user' : 'timer of the system',
    next,
    last: lastOf(run, of),
  });
}

function lastOf(run: ReadonlyMap<string, string>, timer: ReadonlyMap<string, string>): string {
  const began = run.get('ExecMainStartTimestamp') ?? '';
  if (run.get('ActiveState') === 'activating') return `${began}, it is running`;
  if (began === '') {
    // The timer keeps this in a file.
    const before = timer.get('LastTriggerUSec') ?? '';
    return ['', 'n/a'].includes(before) ? 'never' : `${before}, before the machine was started`;
  }
  const result = run.get('Result') ?? '';
  const code = `exit code ${run.get('ExecMainStatus')}`;
  return `${began}, ${['success', 'exit-code'].includes(result) ? code : result}`;
}

/** Says of a schedule in a crontab when its run begins next. cron does not record when it began last. */
export function cronStatus({ name, config, every }: CronSchedule): string {
  const next = nextTime(parseEvery(every), new Date())
    .toString()
    .replace(/ GMT.*$/, '');
  const last = 'cron does not record it; `s3-backup runs` and `s3-backup status --max-age` tell';
  return statusText({ name, config, by: 'crontab of this user', next, last });
}

function statusText(of: Readonly<Record<'name' | 'config' | 'by' | 'next' | 'last', string>>): string {
  return `${of.name}  (${of.by}, ${printable(of.config)})\n  next  ${of.next}\n  last  ${of.last}\n`;
}

/** The properties that `systemctl show` prints, one a line. */
function propertiesIn(text: string): Map<string, string> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
