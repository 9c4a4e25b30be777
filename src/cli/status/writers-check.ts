import { unseenProcesses } from '../../source/unseen-processes.ts';
import type { Check } from './check.ts';

/** Whether a run that deletes sees which files are open for writing; if not of all processes, that is a warning. */
export function checkWriters(): Check {
  const name = 'open files';
  const unseen = unseenProcesses();
  if (unseen.length === 0) {
    return { name, passed: true, detail: 'what other processes have open for writing is seen, and kept' };
  }
  return {
    name,
    passed: true,
    mark: '!',
    detail: `what is open for writing is not seen in ${unseen.join(', ')}`,
    hint: 'Do not move files that these write to: set backup.min_age, or run it as root and outside of containers.',
  };
}
