import { type Every, valuesOf } from './every.ts';

/**
 * The next time at which a schedule runs, in local time, without what spreads the runs. An hour that a change of the clocks
 * skips is skipped.
 */
export function nextTime({ days, hours, minutes }: Every, after: Date): Date {
  const [ofDay, ofHour] = [valuesOf(hours, 24), valuesOf(minutes, 60)];
  // A week has every day; the ninth counts if its time has been skipped on the eighth.
  for (let ahead = 0; ahead < 15; ahead += 1) {
    const [year, month, date] = [after.getFullYear(), after.getMonth(), after.getDate() + ahead];
    const day = new Date(year, month, date);
    if (days.length > 0 && !days.includes(day.getDay())) continue;
    for (const hour of ofDay)
      for (const minute of ofHour) {
        const time = new Date(year, month, date, hour, minute);
        if (time > after && time.getHours() === hour) return time;
      }
  }
  throw new Error('a schedule without a next time');
}
