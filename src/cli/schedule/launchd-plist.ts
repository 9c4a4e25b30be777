import { xmlText } from './escape.ts';
import { type Every, valuesOf } from './every.ts';
import type { Job } from './job.ts';

/** The label of a job of launchd. */
export function labelOf({ name }: Pick<Job, 'name'>): string {
  return `local.${name}`;
}

/**
 * The property list of a job of launchd. A run that was missed while the machine slept begins when it wakes.
 *
 * @param log File for what the run prints.
 */
export function plistText(job: Job, log: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by s3-backup schedule -->
<plist version="1.0">
<dict>
  <key>Label</key>
  ${text(labelOf(job))}
  <key>ProgramArguments</key>
  <array>
${job.command.map((word) => `    ${text(word)}\n`).join('')}  </array>
  <key>WorkingDirectory</key>
  ${text(job.folder)}
  <key>StartCalendarInterval</key>
  <array>
${times(job.every).map(timeText).join('')}  </array>
  <key>StandardOutPath</key>
  ${text(log)}
  <key>StandardErrorPath</key>
  ${text(log)}
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
}

function text(value: string): string {
  return `<string>${xmlText(value)}</string>`;
}

interface Time {
  readonly Weekday?: number;
  readonly Hour?: number;
  readonly Minute: number;
}

function times({ days, hours, minutes }: Every): Time[] {
  const isEachHour = typeof hours === 'object' && hours.step === 1;
  return valuesOf(minutes, 60).flatMap((Minute) =>
    (isEachHour ? [{ Minute }] : valuesOf(hours, 24).map((Hour) => ({ Hour, Minute }))).flatMap(
      (time): Time[] => (days.length === 0 ? [time] : days.map((Weekday) => ({ Weekday, ...time }))),
    ),
  );
}

function timeText(time: Time): string {
  const entries = Object.entries(time).map(([key, value]) => `<key>${key}</key><integer>${value}</integer>`);
  return `    <dict>${entries.join('')}</dict>\n`;
}
